// Prints whether the library of the locks is loaded after reading, and after the first write. Argument: directory.
import { createRequire } from "node:module";
import { file } from "tesserae/backends/file";

const { cache } = createRequire(import.meta.url);
const isLoaded = () => Object.keys(cache).some((path) => path.includes("better-sqlite3"));
const backend = file({ path: process.argv[2] });
await backend.get("a");
await backend.head("a");
for await (const { key } of backend.list("")) if (key === "") break;
const afterReading = isLoaded();
const { compareAndSwap } = backend.supports;
const afterAsking = isLoaded();
await backend.put("a", new Uint8Array(1));
process.stdout.write(JSON.stringify({ afterReading, compareAndSwap, afterAsking, afterWriting: isLoaded() }));
await backend.close();
