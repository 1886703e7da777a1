/** Partial reads as the codec suites see them: what to ask for, where from, and what came. */
import type { ByteSource, ChunkData, ChunkSpec, PartSink, SourceParts, SourceRange } from "../../src/codecs/codec.js";
import { type Region, rangeSegment, type Segment } from "../../src/selection/plan.js";
import { check } from "../expect.js";
import { elementBytes, indices } from "./samples.js";

/** Several ways of selecting a part of a chunk: boxes, steps, backwards, lists with repetitions, all of it. */
export function sampleRegions(shape: readonly number[]): Region[] {
	const kinds: ((length: number) => Segment)[] = [
		(length) => rangeSegment(0, 1, length, 0),
		(length) => rangeSegment(length - 1, 1, 1, 5),
		(length) => rangeSegment(0, 2, Math.ceil(length / 2), 1),
		(length) => rangeSegment(length - 1, -1, length, 0),
		(length) => ({
			...rangeSegment(0, 0, 3, 0),
			indices: Int32Array.of(length - 1, 0, length - 1),
			outs: Float64Array.of(4, 0, 2),
		}),
	];
	return kinds.map((_, i) =>
		shape.map((length, d) => (kinds[(i + d) % kinds.length] as (n: number) => Segment)(length)),
	);
}

/** For every place where a region lands, the index within the chunk. */
function landings(region: Region): Map<string, number[]> {
	const axes = region.map(({ start, step, count, out, indices: list, outs }) =>
		Array.from({ length: count }, (_, i) => [list?.[i] ?? start + i * step, outs?.[i] ?? out + i] as const),
	);
	const result = new Map<string, number[]>();
	for (const positions of indices(axes.map((axis) => axis.length))) {
		const picked = positions.map((p, d) => axes[d]?.[p] as readonly [number, number]);
		result.set(
			picked.map(([, out]) => out).join(),
			picked.map(([index]) => index),
		);
	}
	return result;
}

/** A sink that remembers the bytes of every element that it was given, by where it landed. */
export function collectingSink({ dtype, fill }: ChunkSpec): { sink: PartSink; landed: () => string[] } {
	const elements = new Map<string, string>();
	const land = (region: Region, elementAt: (index: readonly number[]) => string): void => {
		for (const [out, index] of landings(region)) {
			check(!elements.has(out), `the element that lands at [${out}] was given twice`);
			elements.set(out, elementAt(index));
		}
	};
	const fillChunk: ChunkData = { data: fill, shape: [], stride: [], offset: 0 };
	const sink: PartSink = {
		values: (chunk, region) => land(region, (index) => elementBytes(chunk, index, dtype.components)),
		missing: (region) => land(region, () => elementBytes(fillChunk, [], dtype.components)),
	};
	return { sink, landed: () => [...elements].map(([out, element]) => `${out}: ${element}`).sort() };
}

/** What the sink must have been told of a region of `chunk`, sorted. */
export function expectedLandings(chunk: ChunkData, { dtype }: ChunkSpec, region: Region): string[] {
	return [...landings(region)].map(([out, index]) => `${out}: ${elementBytes(chunk, index, dtype.components)}`).sort();
}

/** An object in memory that counts what is read of it. */
export function countingSource(bytes: Uint8Array | undefined): ByteSource & { fetched: number } {
	const counted = {
		fetched: 0,
		async readAll(): Promise<Uint8Array | undefined> {
			counted.fetched += bytes?.length ?? 0;
			return bytes;
		},
		async read(ranges: readonly SourceRange[]): Promise<SourceParts | undefined> {
			if (bytes === undefined) return undefined;
			const parts = ranges.map((range) => {
				const start = "suffix" in range ? Math.max(0, bytes.length - range.suffix) : range.offset;
				return bytes.slice(start, "suffix" in range ? bytes.length : start + range.length);
			});
			for (const part of parts) counted.fetched += part.length;
			return { parts, size: bytes.length };
		},
	};
	return counted;
}
