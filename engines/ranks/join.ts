import type { Backend } from "../../src/backend.js";
import { StoreError } from "../../src/errors.js";
import { rankPlaceIn } from "../../src/rank-environment.js";
import { ALONE, type World } from "../../src/world.js";
import { findRoot } from "./member.js";
import type { RanksWorld } from "./ranks-world.js";
import { rendezvousFor } from "./rendezvous.js";
import { awaitRanks } from "./root.js";

export interface JoinOptions {
	readonly timeout: number | undefined;
	readonly host: string | undefined;
}

let joined: Promise<World> | undefined;

/** The ranks of the job that this process is of. All connections share it, for there is one per process. */
export function joinWorld(backend: Backend, options: JoinOptions): Promise<World> {
	joined ??= join(backend, options).catch((error) => {
		joined = undefined;
		throw error;
	});
	return joined;
}

async function join(backend: Backend, options: JoinOptions): Promise<World> {
	const place = rankPlaceIn(process.env);
	if (place === undefined || place.size === 1) return ALONE;
	const timeout = options.timeout ?? timeoutOfEnvironment() ?? DEFAULT_TIMEOUT;
	const host = options.host ?? (process.env.TESSERAE_RANKS_HOST || undefined);
	const rendezvous = await rendezvousFor(place, backend);
	const world =
		place.rank === 0
			? await awaitRanks(place, rendezvous, { timeout, host })
			: await findRoot(place, rendezvous, timeout);
	tellHowItEnds(world);
	return world;
}

/** Ranks may begin on a machine that is busy, or when a queue lets them (ms). */
const DEFAULT_TIMEOUT = 60_000;

function timeoutOfEnvironment(): number | undefined {
	const asked = process.env.TESSERAE_RANKS_TIMEOUT?.trim() || undefined;
	if (asked === undefined || /^[1-9]\d{0,8}$/.test(asked)) return asked === undefined ? undefined : Number(asked);
	throw new StoreError(
		"INVALID_ARGUMENT",
		`TESSERAE_RANKS_TIMEOUT is a number of milliseconds, not ${JSON.stringify(asked)}`,
	);
}

/** Whatever ends this process, the others are told. What is written to a socket here is on its way when the process is gone. */
function tellHowItEnds(world: RanksWorld): void {
	process.on("uncaughtExceptionMonitor", (error) => {
		// Where the program goes on after it, it is none of the others' business.
		if (process.listenerCount("uncaughtException") === 0) world.leave(error);
	});
	process.on("exit", (status) => {
		const failure = new StoreError("WORKER_LOST", `it ended with exit status ${status}`);
		world.leave(status === 0 ? undefined : failure);
	});
}
