import type { BuildPipeline } from "../src/codecs/codec.js";
import { pipeline } from "../src/codecs/pipeline.js";
import { ARRAY_CLAUSES, CORE_CLAUSES } from "./codec/array-clauses.js";
import { BYTES_CLAUSES } from "./codec/bytes-clauses.js";
import { exactly, fails } from "./codec/judge.js";
import { PIPELINE_CLAUSES } from "./codec/pipeline-clauses.js";
import { specOf, valueBytes } from "./codec/samples.js";
import type { CodecSubject } from "./codec/subject.js";
import { check, sameBytes } from "./expect.js";

export type { CodecSubject } from "./codec/subject.js";

/** A test framework's `test`. */
type Test = (name: string, body: () => Promise<void>) => void;

const CLAUSES = {
	"array-to-array": ARRAY_CLAUSES,
	"array-to-bytes": CORE_CLAUSES,
	"bytes-to-bytes": BYTES_CLAUSES,
};

/** Registers with `test` one test for every clause of the contract that `src/codecs/codec.ts` states for codecs of this kind. */
export function codecConformance(test: Test, subject: CodecSubject): void {
	const { name, kind } = subject.factory;
	test(`${name}: wrong settings are refused by name`, () => refusesSettings(subject));
	test(`${name}: what others stored decodes to what they meant`, () => decodesVectors(subject));
	for (const [clause, run] of Object.entries(CLAUSES[kind])) test(`${name}: ${clause}`, () => run(subject));
}

/** Registers with `test` one test for every clause of the contract of pipelines, as `build` makes them. */
export function pipelineConformance(test: Test, build: BuildPipeline): void {
	for (const [clause, run] of Object.entries(PIPELINE_CLAUSES)) test(`pipeline: ${clause}`, () => run(build));
}

async function refusesSettings({ factory, configurations, refused }: CodecSubject): Promise<void> {
	const surprises = configurations(2).map((valid) => ({
		configuration: { ...valid, surprise: 1 },
		member: "surprise",
	}));
	for (const { configuration, member } of [...refused, ...surprises]) {
		const what = JSON.stringify(configuration, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
		const message = await fails("INVALID_ARGUMENT", what, () => {
			factory.parse(configuration, specOf("int32", [2, 3]), pipeline);
		});
		check(message.includes(factory.name) && message.includes(member), `${what}: "${message}" does not name ${member}`);
	}
}

async function decodesVectors({ factory, vectors }: CodecSubject): Promise<void> {
	for (const { what, configuration, stored, decoded, dtype = "uint8", shape = [] } of vectors) {
		const spec = specOf(dtype, shape);
		const codec = factory.parse(configuration, spec, pipeline);
		if (codec.kind === "bytes-to-bytes") sameBytes(await codec.decode(stored, exactly(decoded.length)), decoded, what);
		else if (codec.kind === "array-to-bytes") sameBytes(valueBytes(await codec.decode(stored), spec), decoded, what);
	}
}
