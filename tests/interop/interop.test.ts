/**
 * Arrays of ours are read and edited by zarr-python and TensorStore, and theirs by us: bit for bit, for every core data type with every
 * chain of codecs, every layout and every kind of fill value; and all agree on the metadata.
 */
import type { Dataset } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, CHUNK_KEYS, FILL_VALUES, LAYOUTS, MEMBERS, SHARDS, TYPES_AND_CODECS } from "./cases.js";
import { meaning } from "./documents.js";
import { type ArrayView, openPeers, PEERS, type PeerName, type Peers } from "./peers.js";
import {
	asNumbers,
	bitsFor,
	createOurs,
	expectedKeys,
	expectedView,
	middleOf,
	openStore,
	replaced,
	type Store,
	setBits,
	viewOf,
	wholeOf,
} from "./store.js";

const GROUPS: { readonly [title: string]: readonly Case[] } = {
	"data types and codecs": TYPES_AND_CODECS,
	layouts: LAYOUTS,
	shards: SHARDS,
	"chunk keys": CHUNK_KEYS,
	"fill values, with chunks missing": FILL_VALUES,
	"other members": MEMBERS,
};

const peers = await openPeers();
let store: Store;
beforeAll(async () => {
	store = await openStore();
});
afterAll(async () => {
	await peers?.close();
	await store.remove();
});

describe.skipIf(peers === undefined).each(PEERS)("with $title", ({ peer, title }) => {
	const ways = { peers: peers as Peers, peer };
	const can = (what: "read" | "write") => (test: Case) =>
		!test.gaps?.some((gap) => gap.peer === peer && gap.cannot === what);
	describe.each(Object.entries(GROUPS))("%s", (group, cases) => {
		it.each(cases.filter(can("read")))(`$title: ours is read and edited by ${title}`, (test) =>
			lendOurs(ways, test, `${peer}/ours/${group}/${test.title.replaceAll("/", "-")}`),
		);
		it.each(cases.filter(can("write")))(`$title: ${title}'s is read and edited by us`, (test) =>
			borrowTheirs(ways, test, `${peer}/theirs/${group}/${test.title.replaceAll("/", "-")}`),
		);
	});
});

interface Ways {
	readonly peers: Peers;
	readonly peer: PeerName;
}

async function lendOurs({ peers, peer }: Ways, test: Case, name: string): Promise<void> {
	const { view, edited, ...write } = planOf(test);
	const dataset = await createOurs(store, name, test);
	await setBits(dataset, write.box, write.bits);
	expect(meaning(await store.document(name))).toEqual(meaning(test.document));
	expect(await store.chunkKeys(name)).toEqual(expectedKeys(test.document, view));
	expect(await peers.read(peer, store.path(name))).toEqual(view);
	await peers.write(peer, store.path(name), write.part, write.change);
	expect(await viewOf(dataset)).toEqual(asNumbers(edited));
}

async function borrowTheirs({ peers, peer }: Ways, test: Case, name: string): Promise<void> {
	const { view, edited, ...write } = planOf(test);
	const content = { document: test.document, fill: view.fill, box: write.box, values: write.bits };
	await peers.create({ peer, path: store.path(name) }, content);
	expect(meaning(await store.document(name))).toEqual(meaning(test.document));
	const dataset: Dataset = await store.connection.getDataset(name);
	expect(await viewOf(dataset)).toEqual(asNumbers(view));
	expect(await store.chunkKeys(name)).toEqual(expectedKeys(test.document, view));
	await setBits(dataset, write.part, write.change);
	expect(await peers.read(peer, store.path(name))).toEqual(edited);
}

/** What is written at first, what is then written over a part of it, and how the array looks after each. */
function planOf({ title: seed, document, written, finite }: Case) {
	const { shape, data_type: dtype } = document;
	const [box, part] = [written ?? wholeOf(shape), middleOf(shape)];
	const bits = bitsFor(dtype, box, { seed, finite });
	const change = bitsFor(dtype, part, { seed: `${seed}, edited`, finite });
	const view = expectedView(document, box, bits);
	const edited: ArrayView = { ...view, values: replaced(view, part, change) };
	return { box, bits, part, change, view, edited };
}
