import { codecConformance, pipelineConformance } from "tesserae/conformance";
import { describe, expect, test } from "vitest";
import { bloscImplementations, bloscOver } from "../../dist/src/codecs/blosc.js";
import type { MaybePromise } from "../../dist/src/codecs/codec.js";
import { crc32cImplementations, crc32cOver } from "../../dist/src/codecs/crc32c.js";
import { gzipImplementations, gzipOver } from "../../dist/src/codecs/gzip.js";
import { lz4Implementations, lz4Over } from "../../dist/src/codecs/lz4.js";
import { pipeline } from "../../dist/src/codecs/pipeline.js";
import { shardingBy } from "../../dist/src/codecs/sharding.js";
import { zlibImplementations, zlibOver } from "../../dist/src/codecs/zlib.js";
import { zstdImplementations, zstdOver } from "../../dist/src/codecs/zstd.js";
import {
	bloscSubject,
	CHECKSUM_SUBJECTS,
	lz4Subject,
	RENAMED_SUBJECTS,
	shuffleSubject,
	zlibSubject,
} from "./numcodecs-subjects.js";
import { REGISTERED_SUBJECTS } from "./registered-subjects.js";
import {
	bytesSubject,
	crc32cSubject,
	gzipSubject,
	shardingSubject,
	transposeSubject,
	zstdSubject,
} from "./subjects.js";

codecConformance(test, transposeSubject());
codecConformance(test, bytesSubject());
codecConformance(test, shuffleSubject());
for (const subject of [...CHECKSUM_SUBJECTS, ...RENAMED_SUBJECTS, ...REGISTERED_SUBJECTS])
	codecConformance(test, subject);
codecConformance(test, shardingSubject());
describe("in ranges", () => {
	const policy = { largestGap: 0, largestRange: 8, smallShard: 0, largestWhole: 0 };
	codecConformance(test, shardingSubject(shardingBy(policy)));
});
pipelineConformance(test, pipeline);

/** Each implementation that loads on this machine, as something that is loaded like the one in use. */
async function present<T>(implementations: {
	readonly [name: string]: () => MaybePromise<T | undefined>;
}): Promise<[name: string, load: () => MaybePromise<T>][]> {
	const result: [string, () => MaybePromise<T>][] = [];
	for (const [name, load] of Object.entries(implementations))
		if ((await load()) !== undefined) result.push([name, load as () => MaybePromise<T>]);
	return result;
}

for (const [name, load] of await present(crc32cImplementations))
	describe(name, () => codecConformance(test, crc32cSubject(crc32cOver(load))));
for (const [name, load] of await present(gzipImplementations))
	describe(name, () => codecConformance(test, gzipSubject(gzipOver(load))));
for (const [name, load] of await present(zstdImplementations)) {
	describe(`${name}, with checksum`, () => codecConformance(test, zstdSubject(zstdOver(load))));
	describe(`${name}, without`, () => codecConformance(test, zstdSubject(zstdOver(load), false)));
}
for (const [name, load] of await present(zlibImplementations))
	describe(name, () => codecConformance(test, zlibSubject(zlibOver(load))));
for (const [name, load] of await present(lz4Implementations))
	describe(name, () => codecConformance(test, lz4Subject(lz4Over(load))));
for (const [name, libraries] of Object.entries(bloscImplementations))
	describe(name, () => codecConformance(test, bloscSubject(bloscOver(libraries()))));

test("each codec has an implementation that needs nothing native", async () => {
	for (const implementations of [crc32cImplementations, zstdImplementations])
		expect((await present<unknown>(implementations)).map(([name]) => name)).toContain("wasm");
	for (const implementations of [gzipImplementations, zlibImplementations, lz4Implementations])
		expect((await present<unknown>(implementations)).map(([name]) => name)).toContain("portable");
});
