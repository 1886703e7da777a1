import { existsSync, writeFileSync } from "node:fs";
import type { BlockContext, NdArray } from "tesserae";

/** Squares; but at chunk 5 it ends its process the first time, as a crash of native code or a lack of memory would. `marker` is a file that remembers that. */
export function square(
	block: NdArray<"float64">,
	{ marker }: { readonly marker: string },
	{ coords }: BlockContext,
): NdArray<"float64"> {
	if (coords[0] === 5 && !existsSync(marker)) {
		writeFileSync(marker, "");
		process.kill(process.pid, "SIGKILL");
	}
	for (let n = 0; n < block.size; n++) block.data[n] = (block.data[n] as number) ** 2;
	return block;
}

/** Ends its process at chunk 3, always. */
export function hopeless(block: NdArray, _: unknown, { coords }: BlockContext): NdArray {
	if (coords[0] === 3) process.exit(1);
	return block;
}

export function endless(): never {
	for (;;);
}
