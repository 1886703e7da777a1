import type { ChunkSpec, Codec, CodecFactory, Configuration } from "../../src/codecs/codec.js";
import { pipeline } from "../../src/codecs/pipeline.js";
import type { DType } from "../../src/format/data-types.js";
import { DTYPES, SHAPES, specOf } from "./samples.js";

/** A codec under test, and what is to be known of it. */
export interface CodecSubject {
	readonly factory: CodecFactory;
	/** The data types that it takes, where it does not take all. */
	readonly dtypes?: readonly DType[] | undefined;
	/** Valid settings for chunks of any of its data types and `ndim` axes; the suite runs with each. */
	configurations(ndim: number): readonly Configuration[];
	/** Settings that must be refused for int32 chunks of 2 axes, each with the member that the message must name. */
	readonly refused: readonly { readonly configuration: Configuration; readonly member: string }[];
	/** Stored bytes that other implementations wrote, and what they must decode to. */
	readonly vectors: readonly Vector[];
	/** A changed byte is noticed, or makes no difference to the result. */
	readonly detectsCorruption: boolean;
}

export interface Vector {
	readonly what: string;
	readonly configuration: Configuration;
	readonly stored: Uint8Array;
	/** For array → bytes codecs, the values of a chunk of this data type and shape. */
	readonly decoded: Uint8Array;
	readonly dtype?: DType | undefined;
	readonly shape?: readonly number[] | undefined;
}

/** Calls `run` with the codec for every data type, shape and configuration. */
export async function everyCase<C extends Codec>(
	{ factory, dtypes = DTYPES, configurations }: CodecSubject,
	run: (codec: C, spec: ChunkSpec, what: string) => Promise<void>,
): Promise<void> {
	for (const dtype of dtypes)
		for (const shape of SHAPES)
			for (const configuration of configurations(shape.length)) {
				const spec = specOf(dtype, shape);
				const what = `${dtype} [${shape}] ${JSON.stringify(configuration)}`;
				await run(factory.parse(configuration, spec, pipeline) as C, spec, what);
			}
}
