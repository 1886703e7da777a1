/** One case of the fuzzer: all of it follows from the seed and the number. */
import { isStoreError } from "tesserae";
import { type Complaint, exercise } from "./exercise.js";
import { mutated } from "./mutate.js";
import { Random } from "./random.js";
import { roundTrip } from "./round-trip.js";
import { type Objects, writeStores } from "./stores.js";

let stores: Promise<Map<string, Objects>> | undefined;

/** Which case, and a directory that it may do with what it likes. */
export interface Case {
	readonly seed: number;
	readonly n: number;
	readonly directory: string;
}

/** Everything that is wrong with how a case went. */
export async function runCase({ seed, n, directory }: Case): Promise<readonly Complaint[]> {
	const random = Random.of(seed, n);
	// Starting threads, and messages to them, cost more than what is tried.
	const engine = random.oneIn(12) ? "threads" : "sequential";
	if (random.oneIn(6)) return tripThere(random, engine, random.oneIn(4) ? directory : undefined);
	stores ??= writeStores();
	const [name, store] = random.pick([...(await stores)]);
	const complaints = await exercise(random, mutated(random, store), engine);
	return complaints.map((complaint) => ({ ...complaint, call: `${complaint.call} of a damaged ${name}, ${engine}` }));
}

async function tripThere(random: Random, engine: string, directory: string | undefined): Promise<readonly Complaint[]> {
	const target = directory === undefined ? "ram:fuzz" : `file:${directory}`;
	const call = `round trip on ${directory === undefined ? "ram" : "file"}, ${engine}`;
	try {
		await roundTrip({ target, engine, directory }, random.bits() >> 1, 3);
		return [];
	} catch (error) {
		const { message, stack } = error as Error;
		const kind = isStoreError(error) ? `${error.code}: ` : "";
		return [{ call, reason: kind + message, stack }];
	}
}
