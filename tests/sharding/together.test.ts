/** The library, zarr-python and TensorStore write to parts of the same shards in turn; everybody sees what a plain array would hold. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arrayDocument, BIG, type Codec, CRC32C, LITTLE, shards, transpose, zstd } from "../interop/documents.js";
import { type Box, openPeers, type PeerName, type Peers } from "../interop/peers.js";
import {
	bitsFor,
	createOurs,
	expectedView,
	openStore,
	replaced,
	type Store,
	setBits,
	viewOf,
} from "../interop/store.js";
import { tries } from "../support/tries.js";
import "../support/property-seed.js";

const opened = await openPeers();
let store: Store;
beforeAll(async () => {
	store = await openStore();
});
afterAll(async () => {
	await opened?.close();
	await store.remove();
});

const SHAPE = [11, 9];
const LAYOUTS: readonly (readonly Codec[])[] = [
	[shards([2, 3], [LITTLE, zstd(1, true)])],
	[shards([3, 2], [BIG], { index_location: "start" })],
	[transpose(1, 0), shards([2, 2], [transpose(1, 0), LITTLE, CRC32C])],
	[shards([6, 3], [shards([2, 3], [LITTLE])])],
];

const range = (length: number): fc.Arbitrary<readonly [number, number]> =>
	fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: length })).map(([at, n]) => [at, Math.min(length, at + n)]);

const step = fc.record({
	who: fc.constantFrom<PeerName | "ours">("ours", "ours", "zarr", "tensorstore"),
	box: fc.tuple(range(11), range(9)),
	/** Of fill value, so that inner chunks and shards disappear again. */
	clears: fc.boolean(),
	seed: fc.nat(1000),
});

let made = 0;

describe.skipIf(opened === undefined)("writers of three libraries", () => {
	it("lose nothing of one another", async () => {
		const peers = opened as Peers;
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...LAYOUTS),
				fc.array(step, { minLength: 1, maxLength: 8 }),
				async (codecs, steps) => {
					const document = arrayDocument({ shape: SHAPE, chunkShape: [6, 6], dtype: "int32", codecs, fill: -1 });
					const name = `together ${++made}`;
					const dataset = await createOurs(store, name, { title: name, document });
					let view = expectedView(
						document,
						[
							[0, 0],
							[0, 0],
						],
						new Uint8Array(0),
					);
					for (const { who, box, clears, seed } of steps) {
						const drawn = bitsFor("int32", box as Box, { seed: String(seed) });
						const bits = clears ? drawn.fill(0xff) : drawn;
						if (who === "ours") await setBits(dataset, box as Box, bits);
						else await peers.write(who, store.path(name), box as Box, bits);
						view = { ...view, values: replaced(view, box as Box, bits) };
						expect(await viewOf(dataset)).toEqual(view);
					}
					expect(await peers.read("zarr", store.path(name))).toEqual(view);
					expect(await peers.read("tensorstore", store.path(name))).toEqual(view);
				},
			),
			{ numRuns: tries(40, 15) },
		);
	}, 60_000);
});
