/** What a connection does together with those of the other ranks. */
import type { CallOptions } from "./engine.js";
import type { Session } from "./session.js";
import { fromPortable, type Portable, portable } from "./values/portable.js";
import { atRoot, byRoot, callOf, fromRoot, joinCall, together, type World } from "./world.js";

/** A call that all ranks make: see `Session.together`. */
export interface CallOfAll<T, O extends CallOptions> {
	readonly what: string;
	readonly options: O | undefined;
	readonly work: (options: O) => Promise<T>;
	/** It needs nothing of what other ranks did before it. */
	readonly beginsAtOnce?: boolean;
}

export async function callTogether<T, O extends CallOptions>(
	session: Pick<Session, "call">,
	world: World,
	{ what, options, work, beginsAtOnce = false }: CallOfAll<T, O>,
): Promise<T> {
	if (world.size === 1 || callOf(options?.signal) !== undefined) return session.call(options, work);
	const call = world.begin(what);
	let failure: unknown;
	try {
		return await session.call(options, async (o) => {
			joinCall(call, o.signal as AbortSignal);
			// What ranks did for themselves is done by then, and nothing is where they are apart.
			if (!beginsAtOnce) await together(o.signal, async () => {});
			return work(o);
		});
	} catch (error) {
		failure = error ?? new Error("it failed with nothing");
		throw error;
	} finally {
		call.end(failure);
	}
}

/** A change that root makes, for which the others wait. */
export function rootChange(
	session: Pick<Session, "together" | "change">,
	{ what, options, work }: CallOfAll<void, CallOptions>,
): Promise<void> {
	const others = async (): Promise<void> => {};
	return session.together(what, options, (o) => session.change(o, (o) => byRoot(o.signal, () => work(o), others)));
}

export async function valueOfRoot<T>(value: T, isRoot: boolean, { signal }: CallOptions): Promise<T> {
	const sent = await fromRoot(signal, async (): Promise<Portable> => portable(value));
	return isRoot ? value : (fromPortable(sent) as T);
}

export async function valuesAtRoot<T>(value: T, { signal }: CallOptions): Promise<T[] | undefined> {
	const sent = await atRoot(signal, async () => portable(value));
	return sent?.map((other, rank) => (rank === 0 ? value : (fromPortable(other) as T)));
}
