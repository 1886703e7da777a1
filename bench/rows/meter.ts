import { type Backend, connect } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { meter as metered } from "tesserae/wrap";
import type { Bench, Group } from "../support/bench.js";
import { contestant, race } from "../support/measure.js";
import { type BackendName, temporaryPlace } from "../support/place.js";
import { limited } from "../support/row.js";

const SIZE = 64 * 2 ** 10;
/** Of a contestant in one turn. */
const CALLS = 200_000;
const READS = 2_000;
const CHUNKS = 2_000;

/**
 * What counting costs. It is measured where a call takes next to nothing, and held against what calls and chunks take; a difference of two runs
 * over a real store would be lost in their noise.
 */
export const meter: Group = { cost };

async function cost({ results, rounds }: Bench): Promise<void> {
	const nanoseconds = await addedPerCall(rounds);
	results.rows.push(limited("meter: added to a get", nanoseconds, { unit: "ns" }));
	const shares = {
		"a get of 64 KiB from file": await getFrom("file", rounds),
		"a get of 64 KiB from sqlite": await getFrom("sqlite", rounds),
		"a chunk of 64 KiB, raw, read from ram": await chunkFromRam(rounds),
	};
	for (const [what, time] of Object.entries(shares))
		results.rows.push(limited(`meter: share of ${what}`, (100 * nanoseconds) / time, { most: 2, unit: "%" }));
}

async function addedPerCall(rounds: number): Promise<number> {
	const plain = ram();
	await plain.put("a", new Uint8Array(SIZE));
	const counted = metered(plain).backend;
	const medians = await race(
		[contestant("plain", () => gets(plain, CALLS)), contestant("metered", () => gets(counted, CALLS))],
		rounds,
	);
	return (1e6 * ((medians.get("metered")?.wall ?? Number.NaN) - (medians.get("plain")?.wall ?? Number.NaN))) / CALLS;
}

/** @returns nanoseconds, with the meter that every connection has */
async function getFrom(backend: BackendName, rounds: number): Promise<number> {
	await using place = await temporaryPlace(backend);
	await using con = await connect(place.target);
	await con.backend.put("a", new Uint8Array(SIZE));
	const medians = await race([contestant("get", () => gets(con.backend, READS))], rounds);
	return (1e6 * (medians.get("get")?.wall ?? Number.NaN)) / READS;
}

async function chunkFromRam(rounds: number): Promise<number> {
	await using con = await connect("ram:");
	const data = new Float32Array((CHUNKS * SIZE) / 4).fill(1);
	const ds = await con.createDataset("a", { data, chunkShape: [SIZE / 4], codecs: [] });
	const out = await ds.get();
	const medians = await race([contestant("read", () => ds.get("...", { out }))], rounds);
	return (1e6 * (medians.get("read")?.wall ?? Number.NaN)) / CHUNKS;
}

async function gets(backend: Backend, count: number): Promise<void> {
	for (let i = 0; i < count; i++) await backend.get("a");
}
