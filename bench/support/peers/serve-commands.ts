import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { peakMemory, timed } from "../measure.js";
import type { Box, Command, CopyCommand, OverwriteCommand, ReadCommand } from "./commands.js";

/** One implementation in this process. Arrays stay open from one call to the next. */
export interface Implementation {
	readonly versions: { readonly [program: string]: string };
	/** Ready to read boxes of an array; each call gives the values of one, row-major, until the next call in the same lane. */
	reader(path: string): Promise<(box: Box, lane: number) => Promise<Uint16Array>>;
	/** Makes the array to write to; the result does the work. */
	copier(command: CopyCommand): Promise<() => Promise<void>>;
	overwriter(command: OverwriteCommand): Promise<() => Promise<void>>;
}

/** Reads commands on standard input until it ends. */
export async function serveCommands(implementation: Implementation): Promise<void> {
	for await (const line of createInterface({ input: process.stdin }))
		console.log(JSON.stringify(await answer(implementation, JSON.parse(line) as Command).catch(failure)));
}

async function answer(implementation: Implementation, command: Command): Promise<object> {
	if (command.what === "versions") return implementation.versions;
	if (command.what === "peak") return { peak: peakMemory() / 1024 };
	if (command.what === "read") return read(implementation, command);
	if (command.what === "copy") return timed(await implementation.copier(command));
	return timed(await implementation.overwriter(command));
}

/** What an implementation cannot do is an answer, too. */
function failure(error: unknown): object {
	return { error: error instanceof Error ? error.message : String(error) };
}

async function read(implementation: Implementation, command: ReadCommand): Promise<object> {
	const { path, selections, concurrency, digest } = command;
	const readBox = await implementation.reader(path);
	const digests: string[] = [];
	let next = 0;
	const work = async (lane: number): Promise<void> => {
		while (next < selections.length) {
			const n = next++;
			const values = await readBox(selections[n] as Box, lane);
			if (digest) digests[n] = sha256(bytesOf(values));
		}
	};
	const sample = await timed(async () => {
		await Promise.all(Array.from({ length: concurrency }, (_, lane) => work(lane)));
	});
	return digest ? { ...sample, digest: sha256(digests.join("")) } : sample;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array {
	return new Uint8Array(buffer, byteOffset, byteLength);
}

function sha256(content: string | Uint8Array): string {
	return createHash("sha256").update(content).digest("hex");
}
