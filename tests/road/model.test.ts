import fc from "fast-check";
import { type AxisLengths, connect, type Dataset, type NdArray, ndArray, type TypedArray } from "tesserae";
import { expect, test } from "vitest";
import { lengthsFor } from "../support/lengths.js";
import {
	asDense,
	broadcast,
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
import { tries } from "../support/tries.js";

const DTYPES = ["int8", "uint16", "int32", "int64", "float32", "float64"] as const;
type Tried = (typeof DTYPES)[number];

interface Setup {
	readonly shape: number[];
	readonly chunkShape: AxisLengths[];
	readonly dtype: Tried;
	readonly fill: number;
	readonly codecs: string[];
}

const shapes = fc.nat(5).chain((rank) => fc.array(fc.nat(rank > 3 ? 4 : 9), { minLength: rank, maxLength: rank }));

const setups: fc.Arbitrary<Setup> = shapes.chain((shape) =>
	fc.record({
		shape: fc.constant(shape),
		chunkShape: lengthsFor(shape, 5),
		dtype: fc.constantFrom(...DTYPES),
		fill: fc.constantFrom(0, 7),
		codecs: fc.constantFrom(["bytes"], ["gzip"], ["zstd"]),
	}),
);

/** Values that broadcast to `shape`: some axes of length 1, some left out in front. */
function valuesFor(shape: readonly number[]): fc.Arbitrary<DenseArray> {
	return fc
		.record({
			drop: fc.nat(shape.length),
			ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
			seed: fc.nat(99),
		})
		.map(({ drop, ones, seed }) => {
			const own = shape.map((length, d) => (ones[d] ? 1 : length)).slice(drop);
			return { shape: own, data: Array.from({ length: sizeOf(own) }, (_, i) => ((i * 37 + seed) % 120) - 0) };
		});
}

/** How the values are handed over. All are whole numbers that every type holds, so every form must arrive the same. */
type Form = "plain" | "float64" | "int8" | "transposed" | "scalar";

function handedOver(values: DenseArray, form: Form): unknown {
	const { shape, data } = values;
	const numbers = data.map(Number);
	if (form === "scalar" && shape.length === 0) return numbers[0];
	if (form === "float64") return { data: Float64Array.from(numbers), shape };
	if (form === "int8") return { data: Int8Array.from(numbers), shape };
	if (form === "transposed") return columnMajor(numbers, shape);
	return { data: numbers, shape };
}

function columnMajor(numbers: number[], shape: readonly number[]): NdArray {
	const stride = shape.map((_, d) => sizeOf(shape.slice(0, d)));
	const view = ndArray<"int32">(new Int32Array(sizeOf(shape)), shape, stride, 0);
	const row = ndArray<"int32">(Int32Array.from(numbers), shape);
	const walk = (index: number[]): void => {
		if (index.length === shape.length) view.set(...index, row.get(...index));
		else for (let i = 0; i < (shape[index.length] as number); i++) walk([...index, i]);
	};
	walk([]);
	return view;
}

/** The model's numbers as the dataset's type presents them. */
function presented(array: DenseArray, dtype: Tried): DenseArray {
	return dtype === "int64" ? { ...array, data: array.data.map(BigInt) } : array;
}

const notations = fc.constantFrom<Notation>("objects", "text", "typed");
const forms = fc.constantFrom<Form>("plain", "float64", "int8", "transposed", "scalar");

async function createFrom({ fill, ...setup }: Setup, place: string): Promise<{ ds: Dataset; close(): Promise<void> }> {
	const con = await connect(place);
	const fillValue = (setup.dtype === "int64" ? BigInt(fill) : fill) as never;
	const ds = (await con.createDataset<Tried>("a", { ...setup, fillValue })) as unknown as Dataset;
	return { ds, close: () => con.close() };
}

test("get and set agree with the model, over every notation, form of values and chunk shape", async () => {
	const cases = setups.chain((setup) =>
		entriesFor(setup.shape).chain((entries) =>
			fc.record({
				setup: fc.constant(setup),
				entries: fc.constant(entries),
				values: valuesFor(resolve(entries, setup.shape).shape),
				read: entriesFor(setup.shape),
				notation: notations,
				form: forms,
			}),
		),
	);
	await fc.assert(
		fc.asyncProperty(cases, async ({ setup, entries, values, read, notation, form }) => {
			const { ds, close } = await createFrom(setup, "ram:");
			const model = filledWith(setup.shape, setup.fill);
			await ds.set(written(entries, notation), handedOver(values, form) as never);
			setInto(model, entries, values);
			expect(asDense(await ds.get())).toEqual(presented(model, setup.dtype));
			expect(asDense(await ds.get(written(read, notation)))).toEqual(presented(getFrom(model, read), setup.dtype));
			expect(ds.explain(written(read, notation)).shape).toEqual(getFrom(model, read).shape);
			await close();
		}),
		{ numRuns: tries(1000, 300) },
	);
});

interface Step {
	readonly kind: "set" | "resize" | "append" | "setPoints" | "apply" | "clear" | "chunk";
	/** Random numbers to make the step's details of, once the shape is known. */
	readonly seed: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
	fc.record({
		kind: fc.constantFrom<Step["kind"]>("set", "set", "resize", "append", "setPoints", "apply", "clear", "chunk"),
		seed: fc.nat(2 ** 31 - 1),
	}),
	{ minLength: 1, maxLength: 12 },
);

/** One random value of an arbitrary, by the step's own seed: its details depend on what the earlier steps did. */
function drawn<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
	return fc.sample(arbitrary, { numRuns: 1, seed })[0] as T;
}

async function takeStep(ds: Dataset, model: DenseArray, { kind, seed }: Step, fill: number): Promise<DenseArray> {
	const { shape } = model;
	const rank = shape.length;
	const axis = rank === 0 ? 0 : seed % rank;
	if (kind === "set") return setStep(ds, model, seed);
	if (kind === "setPoints") return pointsStep(ds, model, seed);
	if (kind === "apply") {
		await ds.apply((block) => {
			const data = block.data as TypedArray;
			for (let i = 0; i < data.length; i++) data[i] = (typeof data[i] === "bigint" ? 3n : 3) as never;
			return block;
		});
		return filledWith(shape, 3);
	}
	if (kind === "clear") {
		await ds.clear();
		return filledWith(shape, fill);
	}
	if (kind === "resize") {
		const next = shape.map((length, d) => Math.max(0, length + ((seed >> (3 * d)) % 7) - 3));
		await ds.resize(next);
		return resized(model, next, fill);
	}
	if (kind === "append" && rank > 0) return appendStep(ds, model, { axis, seed, fill });
	for await (const chunk of ds.chunks()) {
		if (chunk.coords.reduce((sum, c) => sum + c, seed) % 3 !== 0) continue;
		await chunk.set("...", 5);
		const box = chunk.origin.map(
			(start, d): Entry => ({ kind: "slice", start, stop: start + (chunk.shape[d] as number), step: null }),
		);
		setInto(model, box, { shape: [], data: [5] });
	}
	return model;
}

async function setStep(ds: Dataset, model: DenseArray, seed: number): Promise<DenseArray> {
	const entries = drawn(entriesFor(model.shape), seed);
	const values = drawn(valuesFor(resolve(entries, model.shape).shape), seed);
	await ds.set(written(entries, drawn(notations, seed)), handedOver(values, drawn(forms, seed)) as never);
	setInto(model, entries, values);
	return model;
}

async function pointsStep(ds: Dataset, model: DenseArray, seed: number): Promise<DenseArray> {
	if (model.data.length === 0) return model;
	const count = seed % 9;
	const lists = model.shape.map((length, d) =>
		Array.from({ length: count }, (_, i) => (((seed >> d) + 7 * i) % (2 * length)) - length),
	);
	if (lists.length === 0) return model;
	await ds.setPoints(
		lists,
		Array.from({ length: count }, (_, i) => i),
	);
	for (let i = 0; i < count; i++) {
		const entries = lists.map((list): Entry => ({ kind: "index", index: list[i] as number }));
		setInto(model, entries, { shape: [], data: [i] });
	}
	return model;
}

async function appendStep(
	ds: Dataset,
	model: DenseArray,
	step: { readonly axis: number; readonly seed: number; readonly fill: number },
): Promise<DenseArray> {
	const { axis, seed, fill } = step;
	const shape = model.shape.with(axis, seed % 4);
	const values = { shape, data: broadcast(drawn(valuesFor(shape), seed), shape) };
	expect(await ds.append(handedOver(values, "plain") as never, axis)).toBe(model.shape[axis]);
	const grown = resized(model, model.shape.with(axis, (model.shape[axis] as number) + (seed % 4)), fill);
	const entries = model.shape.map(
		(length, d): Entry => ({ kind: "slice", start: d === axis ? length : null, stop: null, step: null }),
	);
	setInto(grown, entries, values);
	return grown;
}

let places = 0;

test("a sequence of changes leaves dataset and model equal, also for a fresh connection", async () => {
	await fc.assert(
		fc.asyncProperty(setups, steps, async (setup, changes) => {
			const place = `ram:model-${++places}`;
			const { ds, close } = await createFrom(setup, place);
			let model = filledWith(setup.shape, setup.fill);
			for (const step of changes) {
				model = await takeStep(ds, model, step, setup.fill);
				expect(asDense(await ds.get()), step.kind).toEqual(presented(model, setup.dtype));
			}
			const fresh = await connect(place);
			expect(asDense(await (await fresh.getDataset("a")).get())).toEqual(presented(model, setup.dtype));
			await close();
			await fresh.close();
		}),
		{ numRuns: tries(400, 150) },
	);
});

test("the sum of all blocks, or of all chunks, is the whole", async () => {
	const blockShapes = setups.chain((setup) =>
		fc.tuple(fc.constant(setup), fc.tuple(...setup.shape.map(() => fc.integer({ min: 1, max: 6 })))),
	);
	await fc.assert(
		fc.asyncProperty(blockShapes, async ([setup, shape]) => {
			const { ds, close } = await createFrom(setup, "ram:");
			const data = Array.from({ length: ds.size }, (_, i) => i % 100);
			await ds.load({ data, shape: setup.shape });
			for (const options of [{ shape }, {}]) {
				const model = filledWith(setup.shape, -1);
				for await (const { origin, values } of ds.blocks(options)) {
					const box = origin.map(
						(start, d): Entry => ({ kind: "slice", start, stop: start + (values.shape[d] as number), step: null }),
					);
					setInto(model, box, asDense(values));
				}
				expect(model).toEqual(presented({ shape: setup.shape, data }, setup.dtype));
			}
			await close();
		}),
		{ numRuns: tries(150, 60) },
	);
});
