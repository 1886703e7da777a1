/** Random arrays, changed and read, against a dense array in memory that is changed in the same way. */
import { rm } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { type Connection, type CreateOptions, connect, type Dataset } from "tesserae";
import {
	asDense,
	type DenseArray,
	type Entry,
	filledWith,
	getFrom,
	resized,
	resolve,
	setInto,
	sizeOf,
} from "../support/model.js";
import { entriesFor, type Notation, written } from "../support/selections.js";

const DTYPES = ["int8", "uint8", "uint16", "int32", "int64", "uint64", "float16", "float32", "float64"] as const;
type Tried = (typeof DTYPES)[number];

type Codecs = Exclude<CreateOptions["codecs"], undefined>;
const reversed = (rank: number): Codecs[number] => ({
	name: "transpose",
	configuration: { order: Array.from({ length: rank }, (_, axis) => rank - 1 - axis) },
});
/** What may follow `bytes`. */
const COMPRESSORS: readonly Codecs[] = [
	...[[], ["gzip"], ["zstd"], ["blosc"], ["crc32c"], ["zstd", "crc32c"], ["numcodecs.lz4"], ["numcodecs.zlib"]],
	...[["numcodecs.fletcher32"], ["numcodecs.adler32", "gzip"]],
];

interface Setup {
	readonly shape: number[];
	readonly inner: number[];
	/** Chunks per shard along each axis; undefined where there are no shards. */
	readonly perShard: number[] | undefined;
	readonly dtype: Tried;
	readonly fill: number;
	readonly isTurned: boolean;
	readonly compressors: Codecs;
	readonly format: 2 | 3;
}

const setups: fc.Arbitrary<Setup> = fc.nat(4).chain((rank) => {
	const perAxis = (values: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
		fc.array(values, { minLength: rank, maxLength: rank });
	return fc.record({
		shape: perAxis(fc.nat(rank > 2 ? 5 : 12)),
		inner: perAxis(fc.integer({ min: 1, max: 4 })),
		perShard: fc.option(perAxis(fc.integer({ min: 1, max: 3 })), { nil: undefined }),
		dtype: fc.constantFrom(...DTYPES),
		fill: fc.constantFrom(0, 7),
		isTurned: fc.boolean(),
		compressors: fc.constantFrom(...COMPRESSORS),
		format: fc.constantFrom<2 | 3>(3, 3, 3, 2),
	});
});

function optionsOf({
	shape,
	inner,
	perShard,
	dtype,
	fill,
	isTurned,
	compressors,
	format,
}: Setup): CreateOptions<Tried> {
	const shardShape = format === 2 ? undefined : perShard?.map((n, d) => n * (inner[d] as number));
	const turn = isTurned && shape.length > 1 ? [reversed(shape.length)] : [];
	const codecs = [...turn, "bytes", ...compressors];
	const fillValue = (dtype.endsWith("int64") ? BigInt(fill) : fill) as never;
	return { shape, chunkShape: inner, dtype, fillValue, codecs, format, ...(shardShape && { shardShape }) };
}

interface Step {
	readonly kind: "set" | "get" | "resize" | "append" | "reopen";
	/** What the step's details are drawn from, once the shape is known. */
	readonly seed: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
	fc.record({
		kind: fc.constantFrom<Step["kind"]>("set", "set", "get", "resize", "append", "reopen"),
		seed: fc.nat(2 ** 31 - 1),
	}),
	{ minLength: 1, maxLength: 10 },
);

const drawn = <T>(arbitrary: fc.Arbitrary<T>, seed: number): T => fc.sample(arbitrary, { numRuns: 1, seed })[0] as T;
const notations = fc.constantFrom<Notation>("objects", "text", "typed");

/** A dataset, and what it must hold. */
class Pair {
	con: Connection;
	ds: Dataset;
	model: DenseArray;

	readonly #place: Place;
	readonly #setup: Setup;

	constructor(place: Place, setup: Setup, opened: { con: Connection; ds: Dataset }) {
		this.#place = place;
		this.#setup = setup;
		this.con = opened.con;
		this.ds = opened.ds;
		this.model = filledWith(setup.shape, setup.fill);
	}

	async take({ kind, seed }: Step): Promise<void> {
		if (kind === "set") await this.#set(seed);
		else if (kind === "resize") await this.#resize(seed);
		else if (kind === "append") await this.#append(seed);
		else if (kind === "reopen") await this.#reopen();
		else await this.#compare(drawn(entriesFor(this.model.shape), seed), drawn(notations, seed));
	}

	async #set(seed: number): Promise<void> {
		const entries = drawn(entriesFor(this.model.shape), seed);
		const { shape } = resolve(entries, this.model.shape);
		const values = { shape: [...shape], data: Array.from({ length: sizeOf(shape) }, (_, i) => (i * 37 + seed) % 120) };
		await this.ds.set(written(entries, drawn(notations, seed)), values as never);
		setInto(this.model, entries, values);
	}

	async #resize(seed: number): Promise<void> {
		const shape = this.model.shape.map((length, d) => Math.max(0, length + ((seed >> (3 * d)) % 7) - 3));
		await this.ds.resize(shape);
		this.model = resized(this.model, shape, this.#setup.fill);
	}

	async #append(seed: number): Promise<void> {
		const { shape } = this.model;
		if (shape.length === 0) return;
		const axis = seed % shape.length;
		const piece = shape.with(axis, seed % 4);
		const values = { shape: piece, data: Array.from({ length: sizeOf(piece) }, (_, i) => (i * 11 + seed) % 120) };
		const offset = await this.ds.append(values as never, axis);
		if (offset !== shape[axis]) throw new Error(`append gave ${offset}, the axis had ${shape[axis]}`);
		const grown = resized(this.model, shape.with(axis, offset + (seed % 4)), this.#setup.fill);
		const entries = shape.map(
			(length, d): Entry => ({ kind: "slice", start: d === axis ? length : null, stop: null, step: null }),
		);
		setInto(grown, entries, values);
		this.model = grown;
	}

	async #reopen(): Promise<void> {
		await this.con.close();
		this.con = await connect(this.#place.target, { engine: this.#place.engine, workers: 2 });
		this.ds = await this.con.getDataset("a");
	}

	async #compare(entries: readonly Entry[], notation: Notation): Promise<void> {
		const read = asDense(await this.ds.get(written(entries, notation)));
		const expected = getFrom(this.model, entries);
		const data = this.#setup.dtype.endsWith("int64") ? expected.data.map(BigInt) : expected.data;
		if (isDeepStrictEqual(read, { shape: expected.shape, data })) return;
		throw new Error(`read ${JSON.stringify(read.data.map(String))}, expected ${JSON.stringify(data.map(String))}`);
	}

	async compareAll(): Promise<void> {
		await this.#compare([], "objects");
		const { ok, findings } = await this.ds.verify();
		if (!ok) throw new Error(`verify finds ${JSON.stringify(findings)}`);
	}
}

/** Where a round trip takes place. */
export interface Place {
	readonly target: string;
	readonly engine: string;
	/** Of `file:`, removed before every run. */
	readonly directory: string | undefined;
}

/** Some random arrays, each changed a few times. @throws what fast-check says of the smallest one that goes wrong */
export async function roundTrip(place: Place, seed: number, numRuns: number): Promise<void> {
	const property = fc.asyncProperty(setups, steps, async (setup, changes) => {
		if (place.directory !== undefined) await rm(place.directory, { recursive: true, force: true });
		// Keeps a store in memory while the connection under test is closed and opened again.
		const keeper = place.directory === undefined ? await connect(place.target) : undefined;
		const con = await connect(place.target, { engine: place.engine, workers: 2 });
		const pair = new Pair(place, setup, { con, ds: (await con.createDataset("a", optionsOf(setup))) as never });
		try {
			for (const step of changes) await pair.take(step);
			await pair.compareAll();
		} finally {
			await pair.con.close();
			await keeper?.close();
		}
	});
	await fc.assert(property, { seed, numRuns });
}
