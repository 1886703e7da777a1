/** Runs work in processes that are killed again and again, each going on where the one before it was. */
import { once } from "node:events";
import { start } from "../road/children.js";

export interface KilledWork {
	readonly target: string;
	readonly work: "apply" | "long apply" | "apply with a halo" | "map" | "load";
	readonly connection: { readonly [option: string]: unknown };
	readonly environment?: NodeJS.ProcessEnv | undefined;
	/** How many processes to kill. */
	readonly kills: number;
	/** Chunks of the whole. */
	readonly chunks: number;
	/** Called with each number of chunks that a process says it has done. */
	readonly onChunks?: ((count: number) => void) | undefined;
	/** Whether work that was begun is complete, though the process was killed before it said so. */
	isComplete(): Promise<boolean>;
}

const SCRIPT = new URL("./processes/change.mjs", import.meta.url);

/** @returns how many were killed before the work was done */
export async function runKilled(killed: KilledWork): Promise<number> {
	const { target, work, connection, environment, kills, chunks, onChunks, isComplete } = killed;
	for (let count = 0; ; count++) {
		const child = start(SCRIPT, [target, work, JSON.stringify(connection)], environment);
		// So many chunks on average that the last process is killed near the end, and some before they have begun.
		let left = count < kills ? Math.floor((Math.random() * 2 * chunks) / (kills + 3)) : Number.POSITIVE_INFINITY;
		let text = "";
		child.stdout?.on("data", (piece) => {
			text += String(piece);
			left -= piece.length;
			onChunks?.(piece.length);
			if (left <= 0) child.kill("SIGKILL");
		});
		const [code] = await once(child, "close");
		if (text.endsWith("done")) return count;
		if (code !== null) throw new Error(`the process ended by itself with ${code} after ${text.length} chunks`);
		if (await isComplete()) return count + 1;
	}
}
