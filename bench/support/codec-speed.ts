import { median } from "./measure.js";

/**
 * How fast one library is with one kind of content, in MB (10⁶ bytes, uncompressed) per second of processor time, all threads counted: what
 * else runs on the machine then hardly matters.
 */
export interface CodecSpeed {
	readonly codec: string;
	readonly library: string;
	readonly content: string;
	readonly encode: number;
	readonly decode?: number | undefined;
	/** Bytes before by bytes after. */
	readonly ratio?: number | undefined;
}

/** Work is repeated for at least so long before the clock is read again (ms). */
const LEAST = 40;

/** Speeds of works on so many bytes each, MB/s: medians of rounds taken in turns, A B C A B C …, after one that does not count. */
export async function paced(
	works: readonly (() => unknown)[],
	{ rounds, bytes }: { readonly rounds: number; readonly bytes: number },
): Promise<number[]> {
	const samples: number[][] = works.map(() => []);
	for (let round = -1; round < rounds; round++)
		for (const [i, work] of works.entries()) {
			const speed = await speedOf(work, bytes);
			if (round >= 0) samples[i]?.push(speed);
		}
	return samples.map(median);
}

async function speedOf(work: () => unknown, bytes: number): Promise<number> {
	const began = performance.now();
	const cpuBefore = process.cpuUsage();
	for (let runs = 1; ; runs++) {
		await work();
		if (performance.now() - began < LEAST) continue;
		const { user, system } = process.cpuUsage(cpuBefore);
		return (bytes * runs) / (user + system);
	}
}
