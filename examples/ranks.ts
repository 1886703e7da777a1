/** The engine `ranks`: the program itself runs several times, and its processes share what they do. `tesserae ranks -n 4 ranks.js` starts it so. */
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, slice } from "tesserae";

// Every rank needs the same place, so what they have in common names it: `tesserae ranks` gives their job a name, mpiexec too.
const { TESSERAE_JOB, PMIX_NAMESPACE, SLURM_JOB_ID } = process.env;
const directory = join(tmpdir(), `ranks-${TESSERAE_JOB ?? PMIX_NAMESPACE ?? SLURM_JOB_ID ?? process.pid}`);
await mkdir(directory, { recursive: true });
const con = await connect(`sqlite:${directory}/waves.sqlite`, { engine: "ranks" });
const say = (...what: unknown[]): void => console.log(`rank ${con.rank} of ${con.size}:`, ...what);

// Calls that change or compute something as a whole all ranks make, in the same order. Root creates, and each loads its share of the chunks.
const SIZE = 512;
const values = Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i / 50) + Math.floor(i / SIZE) / 100);
const waves = await con.createDataset("waves", {
	data: { data: values, shape: [SIZE, SIZE] },
	chunkShape: [64, 64],
	ifExists: "replace",
});
const { put, commit } = con.meter.snapshot().byOperation;
say(`${put.operations + commit.operations} writes for 64 chunks`);

// What each reads and writes is its own affair: here a band of rows.
const rows = SIZE / con.size;
const band = slice(Math.ceil(con.rank * rows), Math.ceil((con.rank + 1) * rows));
const own = await waves.get([band]);
await waves.set([band], { data: own.data.map((value) => 2 * value), shape: own.shape });

// A kernel need not be portable: every rank runs this very program. The results are the same on all, to the bit.
const squares = await waves.map((block) => {
	for (let i = 0; i < block.data.length; i++) block.data[i] = (block.data[i] as number) ** 2;
	return block;
}, "squares");
say(`mean ${await squares.mean()}`);

// Values go from root to all, and from all to root.
const limit = await con.broadcast(con.isRoot ? 40 : undefined);
const { data } = await squares.get([band]);
const counts = await con.gather(data.filter((value) => value > (limit ?? 0)).length);
if (con.isRoot) console.log(`above ${limit}: ${counts?.join(" + ")} of ${SIZE ** 2}`);

// An error of one rank is everybody's, and where one dies the others do not wait for it.
const error = await con.createDataset("waves", { shape: [1], dtype: "int8" }).catch(({ code }) => code);
say(error);

await con.barrier();
await con.close();
if (con.isRoot) await rm(directory, { recursive: true });
