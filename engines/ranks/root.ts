/** Rank 0 waits for the others. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { errorToPlain, StoreError } from "../../src/errors.js";
import type { RankPlace } from "../../src/rank-environment.js";
import { frameOf } from "./frames.js";
import { type Introduction, receive } from "./handshake.js";
import { Line } from "./line.js";
import { decode, encode, type FromSwitch, type ToSwitch } from "./messages.js";
import { RanksWorld } from "./ranks-world.js";
import type { Rendezvous } from "./rendezvous.js";
import { Switch } from "./switch.js";

/** What root publishes. */
export interface Published {
	readonly addresses: readonly string[];
	readonly port: number;
	readonly token: string;
}

/** Who does not say who it is within this time is no rank (ms). */
const INTRODUCTION = 5000;

/** @throws StoreError TIMEOUT naming the ranks that did not come, WORKER_LOST naming one that came and was lost */
export async function awaitRanks(
	place: RankPlace,
	rendezvous: Rendezvous,
	{ timeout, host }: { readonly timeout: number; readonly host: string | undefined },
): Promise<RanksWorld> {
	const address = host ?? (place.isOneHost ? "127.0.0.1" : "0.0.0.0");
	const server = createServer();
	await once(server.listen(0, address), "listening");
	const token = randomBytes(32).toString("hex");
	const gathering = new Gathering(place, token);
	server.on("connection", (socket) => void gathering.admit(new Line(socket)));
	try {
		const { port } = server.address() as AddressInfo;
		const published: Published = { addresses: addressesOf(address), port, token };
		await rendezvous.publish(JSON.stringify(published));
		await gathering.complete(timeout);
		return gathering.begin();
	} catch (error) {
		gathering.giveUp(error);
		throw error;
	} finally {
		await close(server);
		await rendezvous.withdraw();
	}
}

/** Where a server that listens there can be reached. */
function addressesOf(address: string): readonly string[] {
	if (address !== "0.0.0.0") return [address];
	const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
	const reachable = own.filter(({ internal, family }) => !internal && family === "IPv4").map(({ address }) => address);
	return [...reachable, hostname()];
}

async function close(server: Server): Promise<void> {
	// Those that were admitted stay.
	server.close();
	server.unref();
}

/** The ranks that have come so far. */
class Gathering {
	readonly #place: RankPlace;
	readonly #token: string;
	/** From each rank, and to it. */
	readonly #lines = { up: new Map<number, Line>(), down: new Map<number, Line>() };
	#done: () => void = () => {};
	#fail: (error: unknown) => void = () => {};
	#isOver = false;
	/** Why the last one that came was refused. */
	#refused = "";

	constructor(place: RankPlace, token: string) {
		this.#place = place;
		this.#token = token;
	}

	async admit(line: Line): Promise<void> {
		const limit = setTimeout(() => line.close(), INTRODUCTION);
		const who = await receive(line, this.#token);
		clearTimeout(limit);
		const refused = who === undefined ? "it did not know the secret of the job" : this.#refusal(who);
		if (who === undefined || refused !== undefined) {
			if (refused !== undefined) this.#refused = ` (one was refused: ${refused})`;
			line.close();
			return;
		}
		line.trust();
		this.#lines[who.way].set(who.rank, line);
		line.onClosed(() => {
			if (!this.#isOver)
				this.#fail(new StoreError("WORKER_LOST", `rank ${who.rank} was lost before all ranks had come`));
		});
		if (this.#isComplete()) this.#done();
	}

	#isComplete(): boolean {
		const { up, down } = this.#lines;
		return up.size + down.size === 2 * (this.#place.size - 1);
	}

	#refusal({ rank, size, job, way, v8 }: Introduction): string | undefined {
		if (this.#isOver) return "all had come";
		if (size !== this.#place.size) return `it is one of ${size} ranks, not of ${this.#place.size}`;
		if (job !== (this.#place.job ?? "")) return `it is of the job ${job}`;
		if (!Number.isInteger(rank) || rank < 1 || rank >= size || this.#lines[way]?.has(rank) !== false)
			return `it is rank ${rank}`;
		return v8 === process.versions.v8 ? undefined : `its Node has V8 ${v8}, root's ${process.versions.v8}`;
	}

	complete(timeout: number): Promise<void> {
		return new Promise<void>((resolve, reject) => {
			const limit = setTimeout(() => reject(this.#missing(timeout)), timeout);
			this.#done = () => {
				clearTimeout(limit);
				resolve();
			};
			this.#fail = (error) => {
				clearTimeout(limit);
				reject(error);
			};
			if (this.#isComplete()) this.#done();
		});
	}

	#missing(timeout: number): StoreError {
		const { size } = this.#place;
		const missing = Array.from({ length: size - 1 }, (_, i) => i + 1).filter((rank) => !this.#lines.down.has(rank));
		const which = missing.length === 1 ? `rank ${missing[0]}` : `the ranks ${missing.join(", ")}`;
		return new StoreError(
			"TIMEOUT",
			`${which} of ${size} did not come within ${timeout} ms${this.#refused}: start ${size} processes that connect with the engine ranks; TESSERAE_RANKS_TIMEOUT is the limit`,
		);
	}

	giveUp(error: unknown): void {
		this.#isOver = true;
		const message = encode({ type: "broken", error: errorToPlain(error), rank: undefined });
		for (const line of this.#lines.down.values()) line.send(message);
	}

	begin(): RanksWorld {
		this.#isOver = true;
		const { up, down } = this.#lines;
		const world: RanksWorld = new RanksWorld(this.#place, (message) => board.hear(0, message));
		const tell = (ranks: readonly number[], message: FromSwitch): void => {
			const frame = ranks.some((rank) => rank > 0) ? frameOf(encode(message)) : undefined;
			for (const rank of ranks) if (rank > 0) down.get(rank)?.sendFrame(frame as Buffer);
			if (ranks.includes(0)) world.hear(message);
		};
		const board: Switch = new Switch(this.#place.size, tell);
		tell([...down.keys()], { type: "begin" });
		for (const [rank, line] of up) {
			line.each((frame) => board.hear(rank, decode<ToSwitch>(frame)));
			line.onClosed(() => board.lose(rank));
		}
		return world;
	}
}
