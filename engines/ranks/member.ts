/** A rank other than 0 looks for root. */
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { errorFromPlain, errorToPlain, StoreError } from "../../src/errors.js";
import type { RankPlace } from "../../src/rank-environment.js";
import { introduce } from "./handshake.js";
import { Line } from "./line.js";
import { decode, encode, type FromSwitch } from "./messages.js";
import { RanksWorld } from "./ranks-world.js";
import type { Rendezvous } from "./rendezvous.js";
import type { Published } from "./root.js";

/** Between two looks (ms). */
const PAUSE = 25;
/** An address that does not answer within this time is an old one (ms). */
const ANSWER = 2000;
/** Root tells who is missing: that is worth waiting for a little (ms). */
const PATIENCE = 2000;

/** @throws StoreError TIMEOUT where root, or another rank, does not come */
export async function findRoot(place: RankPlace, rendezvous: Rendezvous, timeout: number): Promise<RanksWorld> {
	const deadline = performance.now() + timeout;
	for (;;) {
		const published = read(await rendezvous.look());
		const lines = published && (await reach(published, place));
		if (lines !== undefined) return awaitOthers(lines, place, deadline + PATIENCE);
		if (performance.now() > deadline)
			throw new StoreError(
				"TIMEOUT",
				`rank 0 did not come to ${rendezvous.name} within ${timeout} ms: start ${place.size} processes that connect with the engine ranks; TESSERAE_RANKS_TIMEOUT is the limit`,
			);
		await pause(PAUSE);
	}
}

function read(text: string | undefined): Published | undefined {
	try {
		const { addresses, port, token } = JSON.parse(text ?? "null") as Published;
		return Array.isArray(addresses) && Number.isInteger(port) ? { addresses, port, token: String(token) } : undefined;
	} catch {
		// Half of a file is not there yet.
		return undefined;
	}
}

/** The lines to and from root; undefined where somebody else is at that address, or nobody. */
async function reach(published: Published, place: RankPlace): Promise<Lines | undefined> {
	for (const host of published.addresses) {
		const up = await open(host, published, { place, way: "up" });
		const down = up && (await open(host, published, { place, way: "down" }));
		if (up !== undefined && down !== undefined) return { up, down };
		up?.close();
	}
	return undefined;
}

interface Lines {
	readonly up: Line;
	readonly down: Line;
}

async function open(
	host: string,
	{ port, token }: Published,
	{ place, way }: { readonly place: RankPlace; readonly way: "up" | "down" },
): Promise<Line | undefined> {
	const line = new Line(connect({ host, port, timeout: ANSWER }));
	const limit = setTimeout(() => line.close(), ANSWER);
	const { rank, size, job = "" } = place;
	const isRoot = await introduce(line, token, { rank, size, job, way, v8: process.versions.v8 });
	clearTimeout(limit);
	if (isRoot) return line;
	line.close();
	return undefined;
}

async function awaitOthers({ up, down }: Lines, place: RankPlace, deadline: number): Promise<RanksWorld> {
	down.trust();
	const limit = setTimeout(() => down.close(), deadline - performance.now());
	const frame = await down.next();
	clearTimeout(limit);
	const first = frame && decode<FromSwitch>(frame);
	if (first?.type === "broken") throw errorFromPlain(first.error);
	if (first === undefined)
		throw new StoreError("WORKER_LOST", "rank 0 was lost, or refused this rank, before all ranks had come");
	const world = new RanksWorld(place, (message) => up.send(encode(message)));
	down.each((bytes) => world.hear(decode(bytes)));
	down.onClosed(() => {
		const lost = "rank 0 was lost: its process was killed, or its host is out of reach";
		world.hear({ type: "broken", error: errorToPlain(new StoreError("WORKER_LOST", lost)), rank: 0 });
	});
	return world;
}
