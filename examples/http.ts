/** HTTP: a store behind a web server is read without being downloaded, with what goes wrong told apart from what is not there. */
import { createReadStream, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type StoreError } from "tesserae";

const directory = await mkdtemp(join(tmpdir(), "http-"));
const waves = Float32Array.from({ length: 200 * 300 }, (_, n) => Math.sin(n / 50));
await using local = await connect(`file:${directory}`);
await local.createDataset("waves", { data: { data: waves, shape: [200, 300] }, chunkShape: [50, 100] });

// Any web server will do. This one knows GET and HEAD, and neither ranges nor entity tags.
const server = createServer((request, response) => {
	const path = join(directory, decodeURIComponent(request.url ?? ""));
	const found = statSync(path, { throwIfNoEntry: false });
	if (request.headers.authorization !== "Bearer sesame") response.writeHead(401).end();
	else if (!found?.isFile()) response.writeHead(404).end();
	else {
		response.writeHead(200, { "content-length": found.size, "last-modified": found.mtime.toUTCString() });
		createReadStream(path).pipe(response);
	}
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const headers = { authorization: "Bearer sesame" };
await using con = await connect(url, { headers });
const ds = await con.getDataset("waves");
console.log(await ds.get("100, 148:152"));
console.log(con.meter.snapshot().operations, "requests, one for the metadata and one for the chunk");

// What is not stored is fill value. An error is an error: a server that refuses or fails never becomes data.
await using refused = await connect(url);
for (const [what, call] of Object.entries({
	"without leave": () => refused.getDataset("waves"),
	"another name": () => con.getDataset("wave"),
	"a write": () => ds.set("0", 1),
	"a listing": () => con.datasets().next(),
}))
	await call().catch(({ code }: StoreError) => console.log(`${what}: ${code}`));

// Into a store of one's own, chunk by chunk.
await using memory = await connect("ram:");
const copy = await memory.createDataset("waves", { data: ds });
console.log(String(copy), "sum", (await copy.sum()) === (await ds.sum()));

server.close();
await rm(directory, { recursive: true });
