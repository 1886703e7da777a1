import type { StoreError } from "../../errors.js";
import type { EncodedSize } from "../codec.js";
import { corrupt, tooLong } from "../corrupt.js";

/** What a library's refusal to decompress means. */
export function decompressionFailure(error: unknown, { limit }: EncodedSize): StoreError {
	const message = error instanceof Error ? error.message : String(error);
	const code = error instanceof Error && "code" in error ? error.code : undefined;
	if (code === "ERR_BUFFER_TOO_LARGE" || /buffer is too small/i.test(message)) return tooLong(limit);
	return corrupt("zstd", message, error);
}
