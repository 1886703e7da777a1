/** Concurrent writers: four processes write into the same chunks at the same time, and nothing is lost. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "tesserae";

const [PROCESSES, ROWS, COLUMNS] = [4, 64, 100];

const [target, writer] = process.argv.slice(2);
if (target === undefined) await main();
else await writeRows(target, Number(writer));

/** Every fourth row, one by one. Each is part of two chunks, and of none the whole. */
async function writeRows(target: string, writer: number): Promise<void> {
	const con = await connect(target);
	const table = await con.getDataset("table");
	for (let row = writer; row < ROWS; row += PROCESSES) await table.set([row], 1 + writer);
	const { operations, errors } = con.meter.snapshot().byOperation.commit;
	console.log(
		`writer ${writer}: ${ROWS / PROCESSES} rows; ${errors} of ${operations} commits were late and done again`,
	);
	await con.close();
}

async function main(): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "concurrent-writers-"));
	const target = `sqlite:${directory}/table.sqlite`;
	const con = await connect(target);
	const table = await con.createDataset("table", { shape: [ROWS, COLUMNS], dtype: "uint8", chunkShape: [ROWS, 50] });

	// A write to a part of a chunk reads it, changes it, and stores it on condition that nobody else did meanwhile; else it begins anew.
	// A `set` over several chunks is all or nothing where the store can do that.
	console.log("compare-and-swap:", con.supports.compareAndSwap, "atomic sets:", con.supports.atomicMultiPut);
	const script = fileURLToPath(import.meta.url);
	const children = Array.from({ length: PROCESSES }, (_, n) => fork(script, [target, String(n)]));
	for (const [code] of await Promise.all(children.map((child) => once(child, "exit"))))
		if (code !== 0) throw new Error("a writer failed");

	const { data } = await table.get();
	const lost = data.filter((value, i) => value !== 1 + (Math.floor(i / COLUMNS) % PROCESSES)).length;
	console.log(`${PROCESSES} processes wrote ${data.length} values into ${table.totalChunks} chunks; lost: ${lost}`);
	await con.close();
	await rm(directory, { recursive: true });
}
