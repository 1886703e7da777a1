// What all ranks do together, and each on its own. Prints a line of JSON per rank: what it saw, which must be what the caller computes.
import { createHash } from "node:crypto";
import { connect, kernel, slice } from "tesserae";

const KERNELS = new URL("./ranks-kernels.mjs", import.meta.url);
const [target, engineOptions = "{}"] = process.argv.slice(2);
const con = await connect(target, { engine: "ranks", durability: "none", ...JSON.parse(engineOptions) });
const { rank, size, isRoot } = con;

const digest = ({ data }) =>
	createHash("sha256")
		.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
		.digest("hex");
const seen = {};
const puts = () => {
	const { put, commit } = con.meter.snapshot().byOperation;
	return put.operations + commit.operations;
};
const N = 50;
const random = BigInt64Array.from({ length: N ** 3 }, (_, i) => BigInt(((i * 7919) % 20001) - 10000));
const volume = { data: random, shape: [N, N, N] };
const layout = { chunkShape: [16, 16, 16] };

// 13: load, then every rank reads the whole.
const ds = await con.createDataset("data", { shape: [N, N, N], dtype: "int64", ...layout });
await ds.load(volume);
seen.loaded = digest(await ds.get());
seen.puts = puts();

// 14: each rank reads a slab of its own, the last one what is left over.
const rows = Math.floor(N / size);
const own = slice(rank * rows, rank === size - 1 ? N : (rank + 1) * rows);
const slab = await ds.get([own]);
const begin = rank * rows * N * N;
seen.slab = slab.data.every((value, i) => value === random[begin + i]);

// 15: each writes its slab · 3 + 5, and root looks at the whole.
// Others may still read what was there before.
await con.barrier();
const changed = { data: slab.data.map((value) => value * 3n + 5n), shape: slab.shape };
await ds.set([own], changed);
await con.barrier();
if (isRoot) seen.written = (await ds.get()).data.every((value, i) => value === random[i] * 3n + 5n);
// Every call of all begins when all are there: so this needs no barrier.
await ds.set([own], changed);
seen.sum = String(await ds.sum());

// 16: all clear.
await ds.clear();
seen.cleared = [String(await ds.max()), (await ds.verify()).stored];

// 17: all map, then delete.
await ds.load(volume);
const plus = kernel(KERNELS, "plus", { n: 1 });
const mapped = await ds.map(plus, "mapped");
seen.mapped = digest(await mapped.get());
await mapped.delete();
seen.deleted = await con.hasDataset("mapped");

// 18: clone, and load of what was read.
const clone = await ds.clone("clone");
await clone.load(await ds.get("..."));
seen.clone = digest(await clone.get());
await con.deleteDataset("clone");
const copy = await ds.clone("copy", { data: true });
seen.copy = digest(await copy.get());

// 19: all apply, without and with a halo.
await copy.apply(plus);
seen.applied = digest(await copy.get());
await copy.apply(kernel(KERNELS, "neighbours"), { halo: 1, boundary: "nearest" });
seen.halo = digest(await copy.get());
const before = puts();
const recoded = await con.createDataset("recoded", { data: copy, chunkShape: [20, 25, 30], codecs: ["gzip"] });
seen.recoded = digest(await recoded.get());
seen.recodedPuts = puts() - before;

// What is computed of chunks is combined in one order everywhere: the same bits.
const floats = await con.createDataset("floats", {
	data: { data: Float32Array.from({ length: 30 ** 3 }, (_, i) => Math.sin(i) * 10 ** (i % 9)), shape: [30, 30, 30] },
	chunkShape: [4, 6, 30],
});
seen.statistics = [
	...[await floats.min(), await floats.max(), await floats.sum(), await floats.mean(), await floats.std()],
	digest(await floats.sum({ axes: [0] })),
	digest({ data: (await floats.histogram({ bins: 7 })).counts }),
	await floats.reduce(kernel(KERNELS, "total"), (a, b) => a * 1.0000001 + b),
];

// Metadata: root changes it, everybody sees it.
await ds.setAttributes({ unit: "mm" });
await ds.resize([N, N, N / 2]);
const group = await con.createGroup("g/h", { attributes: { a: 1 } });
await group.setAttributes({ b: 2 });
await con.consolidateMetadata();
seen.metadata = [ds.attributes, ds.shape, group.attributes, (await con.group("g/h")).attributes];
await con.deleteGroup("g");
seen.group = await con.hasGroup("g");
seen.verified = (await con.verify()).ok;

// Slabs of an iterable, and text.
async function* slabs() {
	for (let z = 0; z < 30; z += 7) yield await floats.get([slice(z, Math.min(30, z + 7))]);
}
const streamed = await con.createDataset("streamed", {
	shape: [30, 30, 30],
	dtype: "float32",
	chunkShape: [8, 16, 30],
});
await streamed.load(slabs());
seen.streamed = digest(await streamed.get()) === digest(await floats.get());
const words = await con.createDataset("words", { data: ["one", "two", "three"], chunkShape: [1] });
seen.words = [...(await words.get()).data];

// Values.
seen.broadcast = await con.broadcast(
	isRoot ? { list: [1n, "text"], array: Float32Array.of(1.5, Number.NaN) } : "not looked at",
);
seen.broadcast = [seen.broadcast.list.map(String), [...seen.broadcast.array].map(String)];
seen.ndarray = (await con.broadcast(await floats.get("0, 0, :3"))).get(2) === (await floats.at(0, 0, 2));
seen.gathered = (await con.gather({ rank })) ?? "nothing";

console.log(JSON.stringify({ rank, size, isRoot, ...seen }));
await con.close();
