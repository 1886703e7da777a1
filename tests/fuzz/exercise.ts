/** Everything that can be asked of a store, asked of a damaged one. */
import { inspect } from "node:util";
import { type Connection, connect, type Dataset, type Engine } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { largestAllocation } from "./allocations.js";
import { complaintAbout, complaintAboutMemory, type Sizes } from "./judge.js";
import type { Random } from "./random.js";
import type { Objects } from "./stores.js";

/** Something that must not be. */
export interface Complaint {
	readonly call: string;
	readonly reason: string;
	readonly stack: string | undefined;
}

/** Larger chunks are opened and described, but not read: what they may rightly take would tell nothing. */
const LARGEST_CHUNK = 16 * 2 ** 20;
const MOST_CHUNKS = 2000;
const LARGEST_RESULT = 8 * 2 ** 20;
/** Arrays looked at; a mutation makes few. */
const MOST_ARRAYS = 6;

/** Runs calls one after the other and keeps what is wrong with how they end. */
class Trial {
	readonly complaints: Complaint[] = [];
	/** Errors of the kind that there must be. */
	refusals = 0;

	async run<T>(
		call: string,
		work: () => Promise<T> | T,
		sizes: Sizes = { chunkBytes: 0, resultBytes: 0 },
	): Promise<T | undefined> {
		largestAllocation();
		let result: T | undefined;
		try {
			result = await work();
		} catch (error) {
			const reason = complaintAbout(error);
			const stack = error instanceof Error ? error.stack : undefined;
			if (reason !== undefined) this.complaints.push({ call, reason, stack });
			this.refusals++;
		}
		const reason = complaintAboutMemory(largestAllocation(), sizes);
		if (reason !== undefined) this.complaints.push({ call, reason, stack: undefined });
		return result;
	}
}

/** Opens, reads and then changes what is in a store. */
export async function exercise(random: Random, objects: Objects, engine: string | Engine): Promise<Complaint[]> {
	const trial = new Trial();
	const backend = ram();
	for (const [key, bytes] of objects) await backend.put(key, bytes);
	const con = await connect(backend, { engine });
	try {
		const names = await listing(trial, con);
		for (const name of names) await readOne(trial, con, name, random);
		for (const name of names) await writeOne(trial, con, name, random);
		await changeHierarchy(trial, con);
	} finally {
		await con.close();
	}
	return trial.complaints;
}

async function listing(trial: Trial, con: Connection): Promise<readonly string[]> {
	const names = new Set(["a", ""]);
	for (const consolidated of [false, true])
		await trial.run(`datasets({ consolidated: ${consolidated} })`, async () => {
			for await (const name of con.datasets({ recursive: true, consolidated })) names.add(name);
		});
	await trial.run("group", async () => {
		const group = await con.group("");
		inspect(group.attributes);
		for await (const _ of group.members()) break;
	});
	return [...names].slice(0, MOST_ARRAYS);
}

function sizesOf(ds: Dataset): Sizes & { readonly chunks: number } {
	const item = ds.size === 0 ? 8 : Math.max(1, ds.nbytes / ds.size);
	const shape = ds.shardShape ?? ds.chunkShape;
	// Values are presented as at least four bytes here and there: float16, and what codecs make of small integers.
	const chunkBytes = shape.reduce((product, length) => product * length, Math.max(4, item));
	const chunks = ds.shape.reduce((count, length, d) => count * Math.ceil(length / (shape[d] as number)), 1);
	return { chunkBytes, resultBytes: ds.nbytes, chunks };
}

async function readOne(trial: Trial, con: Connection, name: string, random: Random): Promise<void> {
	const ds = await trial.run(`getDataset(${JSON.stringify(name)})`, () => con.getDataset(name));
	if (ds === undefined) return;
	await trial.run("describe", () => [
		inspect(ds),
		String(ds),
		ds.attributes,
		ds.fillValue,
		ds.chunkGrid,
		ds.totalChunks,
	]);
	await trial.run("explain", () => String(ds.explain()));
	const { chunks, ...sizes } = sizesOf(ds);
	if (sizes.chunkBytes > LARGEST_CHUNK) return;
	const little = { ...sizes, resultBytes: 0 };
	const isSmall = chunks <= MOST_CHUNKS && sizes.resultBytes <= LARGEST_RESULT;
	if (isSmall) await trial.run("get", () => ds.get(), sizes);
	await readParts(trial, ds, little, random);
	if (isSmall) await trial.run("sum", () => ds.sum(), sizes);
	if (chunks <= 2 ** 40) await trial.run("verify", () => ds.verify(), little);
	await trial.run(
		"chunks",
		async () => {
			let count = 0;
			for await (const chunk of ds.chunks({ stored: true })) {
				await chunk.get();
				if (++count === 20) break;
			}
		},
		little,
	);
}

async function readParts(trial: Trial, ds: Dataset, sizes: Sizes, random: Random): Promise<void> {
	if (ds.size === 0) return;
	const some = (): number[] => ds.shape.map((length) => random.below(Math.min(length, 2 ** 31)));
	const index = some();
	await trial.run("at", () => ds.at(...index), sizes);
	const last = ds.shape.map((length) => length - 1);
	await trial.run("at the end", () => ds.at(...last), sizes);
	if (ds.ndim === 0) return;
	const ranges = index.map((start) => `${start}:${start + 1 + random.below(5)}`).join(", ");
	await trial.run(`get(${ranges})`, () => ds.get(ranges), sizes);
	await trial.run(`explain(${ranges})`, () => String(ds.explain(ranges)));
	const other = some();
	await trial.run("points", () => ds.points(index.map((i, d) => [i, other[d] as number])), sizes);
}

/** One value that every data type holds. */
const one = (ds: Dataset): never => {
	if (ds.dtype.startsWith("complex")) return [1, 1] as never;
	if (ds.dtype.startsWith("r")) return new Uint8Array(Number(ds.dtype.slice(1)) / 8).fill(1) as never;
	return (ds.dtype.endsWith("int64") ? 1n : 1) as never;
};

async function writeOne(trial: Trial, con: Connection, name: string, random: Random): Promise<void> {
	const ds = await trial.run(`getDataset(${JSON.stringify(name)}) again`, () => con.getDataset(name));
	if (ds === undefined) return;
	const { chunks, ...sizes } = sizesOf(ds);
	if (sizes.chunkBytes > LARGEST_CHUNK) return;
	const little = { ...sizes, resultBytes: 0 };
	await trial.run("setAttributes", () => ds.setAttributes({ seen: true }));
	if (ds.size > 0) {
		const index = ds.shape.map((length) => random.below(Math.min(length, 2 ** 31)));
		await trial.run("set", () => ds.set(index, one(ds)), little);
		await trial.run(
			"set the end",
			() =>
				ds.set(
					ds.shape.map((length) => length - 1),
					one(ds),
				),
			little,
		);
	}
	if (chunks > MOST_CHUNKS || sizes.resultBytes > LARGEST_RESULT) return;
	if (ds.ndim > 0) {
		const longer = ds.shape.with(0, (ds.shape[0] as number) + 1);
		await trial.run("resize", () => ds.resize(longer), little);
		await trial.run("resize to less", () => ds.resize(longer.map((length) => length >> 1)), little);
	}
	const done = await trial.run("set everything", () => ds.set("...", one(ds)).then(() => true), sizes);
	const read = await trial.run("get what was set", () => ds.get(), sizes);
	const wrong = read?.data.some((value) => Number(value) !== 1);
	if (done && wrong && (await isExact(con, ds)))
		trial.complaints.push({ call: "get what was set", reason: "other values", stack: undefined });
	await trial.run("clear", () => ds.clear(), little);
}

/** Some filters keep values only nearly, and some types have no one. */
async function isExact(con: Connection, { name, dtype }: Dataset): Promise<boolean> {
	if (!/^(?:u?int|float)/.test(dtype)) return false;
	const prefix = name === "" ? "" : `${name}/`;
	const documents = [`${prefix}zarr.json`, `${prefix}.zarray`].map((key) => con.backend.get(key));
	const texts = (await Promise.all(documents)).map((found) =>
		String(found && new TextDecoder().decode(found.parts[0])),
	);
	return !texts.some((text) => /"(?:numcodecs\.)?(?:fixedscaleoffset|quantize|astype|delta)"/.test(text));
}

async function changeHierarchy(trial: Trial, con: Connection): Promise<void> {
	await trial.run("createDataset", () => con.createDataset("g/new", { data: Int8Array.of(1, 2), ifExists: "replace" }));
	await trial.run("consolidateMetadata", () => con.consolidateMetadata(""));
	await trial.run("datasets", async () => {
		for await (const _ of con.datasets({ recursive: true }));
	});
	await trial.run("deleteDataset", () => con.deleteDataset("a"));
}
