import { isStoreError, StoreError } from "../errors.js";
import { parseCodecs } from "../format/metadata-members.js";
import type {
	ArrayToBytesCodec,
	BuildPipeline,
	ChunkSpec,
	CodecConfiguration,
	CodecFactory,
	Configuration,
	Pipeline,
} from "./codec.js";
import { checkMembers, invalidMember } from "./configuration.js";
import { partialCoding } from "./sharding/coding.js";
import { type Shard, shardOf } from "./sharding/layout.js";
import { READ_POLICY, type ReadPolicy } from "./sharding/ranges.js";
import { readParts } from "./sharding/read-parts.js";
import { indexSpec } from "./sharding/shard-index.js";

const NAME = "sharding_indexed";

/** Many inner chunks in one stored object, with an index of where each lies (zarr-extensions, codec `sharding_indexed`). */
export const sharding: CodecFactory = shardingBy(READ_POLICY);

export function shardingBy(policy: ReadPolicy): CodecFactory {
	return {
		name: NAME,
		kind: "array-to-bytes",
		parse(configuration, spec, build): ArrayToBytesCodec {
			checkMembers(NAME, configuration, ["chunk_shape", "codecs", "index_codecs", "index_location"]);
			checkDepth(configuration);
			const shape = innerShapeOf(configuration, spec.shape);
			const grid = spec.shape.map((length, d) => length / (shape[d] as number));
			const inner = nested(configuration, "codecs", { ...spec, shape }, build);
			const index = nested(configuration, "index_codecs", indexSpec(grid), build);
			return shardingCodec(shardOf({ spec, grid, shape, inner, index, location: locationOf(configuration), policy }));
		},
	};
}

function shardingCodec(shard: Shard): ArrayToBytesCodec {
	const parts = partialCoding(shard);
	const everything = (): boolean => true;
	return {
		kind: "array-to-bytes",
		name: NAME,
		encodedSize: { limit: shard.largestSize, exact: false },
		isInPlace: false,
		parts,
		async encode(chunk) {
			return (await parts.encodeFrom(chunk, everything, undefined)) ?? shard.encodeEmpty();
		},
		async decode(bytes) {
			const chunk = shard.newChunk();
			await parts.decodeInto(chunk, everything, bytes);
			return chunk;
		},
		readParts: (source, region, sink) => readParts(shard, source, region, sink),
	};
}

/** Shards within shards. Each may hold as much unused room again as it has content, so what is around them could be told nothing of its size. */
const MAX_DEPTH = 4;

function checkDepth(configuration: Configuration): void {
	let [depth, current] = [0, [configuration]];
	for (; current.length > 0; depth++) {
		if (depth === MAX_DEPTH)
			throw new StoreError(
				"UNSUPPORTED",
				`codec ${NAME}: more than ${MAX_DEPTH} shards in one another are not supported`,
			);
		current = current.flatMap(({ codecs }) => (Array.isArray(codecs) ? codecs.flatMap(shardsIn) : []));
	}
}

function shardsIn(codec: unknown): Configuration[] {
	const { name, configuration } = (codec ?? {}) as { readonly name?: unknown; readonly configuration?: Configuration };
	return name === NAME && typeof configuration === "object" && configuration !== null ? [configuration] : [];
}

function innerShapeOf(configuration: Configuration, outer: readonly number[]): number[] {
	const { chunk_shape: shape } = configuration;
	const isShape = Array.isArray(shape) && shape.length === outer.length;
	if (isShape && shape.every((n, d) => Number.isSafeInteger(n) && n >= 1 && (outer[d] as number) % n === 0))
		return [...shape];
	throw invalidMember(
		NAME,
		configuration,
		"chunk_shape",
		`whole numbers ≥ 1 that divide the shard, [${outer.join(", ")}]`,
	);
}

function locationOf(configuration: Configuration): "start" | "end" {
	const { index_location: location = "end" } = configuration;
	if (location === "start" || location === "end") return location;
	throw invalidMember(NAME, configuration, "index_location", '"start" or "end"');
}

/** The pipeline of the codecs that a member lists; those of the index must give a fixed size, for it is looked for by that. */
function nested(
	configuration: Configuration,
	member: "codecs" | "index_codecs",
	spec: ChunkSpec,
	build: BuildPipeline,
): Pipeline {
	const pipeline = within(member, () => build(codecsOf(configuration, member), spec));
	if (member === "codecs" || pipeline.encodedSize !== undefined) return pipeline;
	throw invalidMember(NAME, configuration, member, "codecs that always give as many bytes, e.g. bytes, crc32c");
}

function codecsOf(configuration: Configuration, member: string): readonly CodecConfiguration[] {
	try {
		return parseCodecs(configuration[member]);
	} catch (error) {
		if (!isStoreError(error, "CORRUPT")) throw error;
		throw new StoreError("INVALID_ARGUMENT", error.message, { cause: error });
	}
}

/** Names the member in what goes wrong within it. */
function within<T>(member: string, parse: () => T): T {
	try {
		return parse();
	} catch (error) {
		if (!isStoreError(error)) throw error;
		throw new StoreError(error.code, `codec ${NAME}: ${member}: ${error.message}`, { cause: error });
	}
}
