/** Prints its workers while they start, and ends. */
import { execFileSync } from "node:child_process";
import { connect } from "tesserae";

const connection = await connect("ram:", { engine: "cluster", workers: 2 });
const ds = await connection.createDataset("a", { shape: [8], dtype: "float32", chunkShape: [1] });
ds.sum().catch(() => {});
const children = () => execFileSync("pgrep", ["-P", String(process.pid), "-f", "cluster/worker"], { encoding: "utf8" });
const look = () => {
	const found = children().trim().split("\n");
	if (found.length < 2) setTimeout(look, 10);
	else process.stdout.write(`${found.join(" ")}\n`, () => process.exit(0));
};
setTimeout(look, 50);
