/** Stores: the same program on memory, one SQLite file or a directory, what each can do, and what was asked of it. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, connect, type StoreError, use } from "tesserae";
import { sqlite } from "tesserae/backends/sqlite";

const directory = await mkdtemp(join(tmpdir(), "stores-"));

async function program(con: Connection): Promise<void> {
	const ds = await con.createDataset("demo/squares", { data: Int32Array.from({ length: 1000 }, (_, n) => n * n) });
	await ds.set("10:20", 0);
	const { operations, bytesRead, bytesWritten } = con.meter.snapshot();
	console.log(`${con.backend.name.padEnd(6)}  sum ${await ds.sum()}, atomic sets: ${con.supports.atomicMultiPut}`);
	console.log(`        ${operations} operations, ${bytesRead} bytes read, ${bytesWritten} written`);
}

for (const target of ["ram:", `sqlite:${directory}/demo.sqlite`, `file:${directory}/demo.zarr`]) {
	await using con = await connect(target);
	await program(con);
}

// Nothing remains of `ram`. `sqlite` is one file, `file` a Zarr directory that other programs open as it is.
console.log(await readdir(directory), "and in the directory:", (await readdir(join(directory, "demo.zarr"))).sort());

// A name alone is an SQLite file, or a directory where it ends in .zarr or a slash.
for (const name of ["demo.sqlite", "demo.zarr"]) {
	await using con = await connect(join(directory, name), { mode: "r" });
	const squares = await con.getDataset("demo/squares");
	console.log(name, "is opened by", con.backend.name, "and holds", await squares.at(999));
	await squares.set([0], 1).catch((error: StoreError) => console.log(`mode "r": ${error.code}`));
}

// `use` makes another backend that of names. Those of `ram` share memory within the process while somebody has them open.
use({ backend: "ram" });
await using one = await connect("shared");
await using two = await connect("shared");
await using files = await connect(`file:${directory}/demo.zarr`);
await one.createDataset("copy", { data: await files.getDataset("demo/squares"), chunkShape: [100] }); // chunk by chunk
console.log("copied:", String(await two.getDataset("copy")));

// A Backend object, its options typed. What was deleted leaves free space in the file, which `compact` gives back.
await using con = await connect(sqlite({ path: join(directory, "demo.sqlite"), durability: "none" }));
await con.createDataset("noise", { data: Float64Array.from({ length: 1e6 }, Math.random) });
await con.deleteDataset("noise");
console.log("before:", await con.usage());
await con.compact();
console.log("after: ", await con.usage());
await con.close();
await rm(directory, { recursive: true });
