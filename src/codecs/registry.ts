import { StoreError } from "../errors.js";
import { bytes } from "./bytes.js";
import type { CodecFactory } from "./codec.js";
import { crc32c } from "./crc32c.js";
import { gzip } from "./gzip.js";
import { transpose } from "./transpose.js";
import { zstd } from "./zstd.js";

const FACTORIES: readonly CodecFactory[] = [transpose, bytes, gzip, zstd, crc32c];
const BY_NAME: ReadonlyMap<string, CodecFactory> = new Map(FACTORIES.map((factory) => [factory.name, factory]));

/**
 * The codec that metadata calls `name`.
 *
 * @throws StoreError UNSUPPORTED, listing what is supported
 */
export function codecFactory(name: string): CodecFactory {
	const factory = BY_NAME.get(name);
	if (factory !== undefined) return factory;
	const known = [...BY_NAME.keys()].join(", ");
	throw new StoreError("UNSUPPORTED", `codec ${JSON.stringify(name)} is not supported: use one of ${known}`);
}
