import type { Region } from "../selection/plan.js";
import { permuted, unpermuted } from "./axes.js";
import { bytesSource } from "./byte-sources.js";
import type {
	ArrayToArrayCodec,
	ArrayToBytesCodec,
	ByteSource,
	ChunkData,
	MaybePromise,
	PartialCoding,
	PartSink,
	TwoStepReading,
} from "./codec.js";
import { andThen } from "./maybe-promise.js";

/** What stands around a codec that can read parts. */
export interface Surroundings {
	/** Codecs before it, all of which only reorder axes. */
	readonly arrays: readonly ArrayToArrayCodec[];
	readonly core: ArrayToBytesCodec;
	/** Codecs after it; where there are any, the whole object must be fetched. */
	readonly compressors: readonly unknown[];
	/** Undoes the codecs after it. */
	readonly decodeBytes: (bytes: Uint8Array) => MaybePromise<Uint8Array>;
}

/** Reads parts through the codecs around the one that can: the region is turned as they turn the chunk, its pieces are turned back. */
export function readThrough(
	{ arrays, core, compressors, decodeBytes }: Surroundings,
	source: ByteSource,
	region: Region,
	sink: PartSink,
): Promise<boolean> {
	const inner = compressors.length === 0 ? source : decodedSource(source, decodeBytes);
	let turned = region;
	let back = sink;
	for (const codec of arrays) {
		const order = codec.axes as readonly number[];
		turned = permuted(turned, order);
		back = turningBack(order, back);
	}
	return core.readParts(inner, turned, back);
}

function turningBack(order: readonly number[], sink: PartSink): PartSink {
	return {
		values: ({ data, shape, stride, offset }, region) =>
			sink.values(
				{ data, shape: unpermuted(shape, order), stride: unpermuted(stride, order), offset },
				unpermuted(region, order),
			),
		missing: (region) => sink.missing(unpermuted(region, order)),
		memory: sink.memory,
	};
}

/** The parts of what comes out of codecs that only reorder axes, as parts of what goes in. */
export function turnedParts(
	arrays: readonly ArrayToArrayCodec[],
	parts: PartialCoding | undefined,
): PartialCoding | undefined {
	if (parts === undefined) return undefined;
	return arrays.reduceRight((inner, { axes }) => turnedBack(axes as readonly number[], inner), parts);
}

function turnedBack(order: readonly number[], parts: PartialCoding): PartialCoding {
	const turnBy =
		(turn: typeof permuted) =>
		({ data, shape, stride, offset }: ChunkData): ChunkData => ({
			data,
			shape: turn(shape, order),
			stride: turn(stride, order),
			offset,
		});
	const [turned, back] = [turnBy(permuted), turnBy(unpermuted)];
	return {
		shape: unpermuted(parts.shape, order),
		costOf: parts.costOf,
		inTwoSteps: parts.inTwoSteps && stepsTurnedBack(order, parts.inTwoSteps),
		gapsOf: (region, ranges) => parts.gapsOf(permuted(region, order), ranges),
		decodeInto: (chunk, chosen, encoded) =>
			parts.decodeInto(turned(chunk), (coords) => chosen(unpermuted(coords, order)), encoded),
		encodeFrom: (chunk, chosen, encoded) =>
			parts.encodeFrom(turned(chunk), (coords) => chosen(unpermuted(coords, order)), encoded),
		async check(encoded) {
			const { stored, damaged } = await parts.check(encoded);
			return { stored, damaged: damaged.map((part) => ({ ...part, coords: unpermuted(part.coords, order) })) };
		},
		async partsOf(encoded) {
			const values = await parts.partsOf(encoded);
			return (coords) => andThen(values(permuted(coords, order)), (part) => part && back(part));
		},
		encodeParts: (values) =>
			parts.encodeParts((coords) => andThen(values(unpermuted(coords, order)), (part) => part && turned(part))),
	};
}

function stepsTurnedBack(order: readonly number[], { fetch, decode }: TwoStepReading): TwoStepReading {
	return {
		fetch: (source, region, room) => fetch(source, permuted(region, order), room),
		decode: (fetched, region, take, sink) => decode(fetched, permuted(region, order), take, turningBack(order, sink)),
	};
}

/** The decoded bytes of a whole object, fetched and decoded once, as a source. */
function decodedSource(source: ByteSource, decode: (bytes: Uint8Array) => MaybePromise<Uint8Array>): ByteSource {
	let whole: Promise<Uint8Array | undefined> | undefined;
	const readAll = (): Promise<Uint8Array | undefined> => {
		whole ??= source.readAll().then((bytes) => (bytes === undefined ? undefined : decode(bytes)));
		return whole;
	};
	return bytesSource(readAll);
}
