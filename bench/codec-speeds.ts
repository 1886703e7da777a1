/**
 * Encodes and decodes 1 MiB by every library that this runtime has, one at a time, and prints the speeds as JSON:
 * `node codec-speeds.js codecs ROUNDS [LIBRARY …]`, all of them where none is named, or `node codec-speeds.js blosc ROUNDS`.
 */
import { contents } from "./support/codec-contents.js";
import { type CodecSpeed, paced } from "./support/codec-speed.js";
import {
	bloscSubjects,
	type ChecksumSubject,
	checksumSubjects,
	gzipSubjects,
	lz4Subjects,
	peerSubjects,
	type Subject,
	zstdSubjects,
} from "./support/codec-subjects.js";

const [what = "codecs", rounds = "5", ...libraries] = process.argv.slice(2);
const wanted = <S extends { readonly library: string }>(subjects: readonly S[]): S[] =>
	subjects.filter(({ library }) => libraries.length === 0 || libraries.includes(library));

const speeds: CodecSpeed[] = [];
for (const [content, bytes] of Object.entries(contents())) {
	if (what === "blosc") speeds.push(...(await coderSpeeds(bloscSubjects(itemSize(content)), content, bytes)));
	else {
		const subjects = [zstdSubjects(), gzipSubjects(), lz4Subjects(), peerSubjects()];
		speeds.push(...(await coderSpeeds(wanted((await Promise.all(subjects)).flat()), content, bytes)));
		speeds.push(...(await checksumSpeeds(wanted(await checksumSubjects()), content, bytes)));
	}
}
console.log(JSON.stringify(speeds));

/** Contents are named by their data type. */
function itemSize(content: string): number {
	return content.startsWith("float32") ? 4 : 2;
}

async function coderSpeeds(subjects: readonly Subject[], content: string, bytes: Uint8Array): Promise<CodecSpeed[]> {
	const encoded = await Promise.all(subjects.map((subject) => subject.encode(bytes)));
	for (const [i, subject] of subjects.entries()) await checkDecoded(subject, encoded[i] as Uint8Array, bytes);
	const encode = await paced(
		subjects.map((subject) => () => subject.encode(bytes)),
		{ rounds: Number(rounds), bytes: bytes.length },
	);
	const decode = await paced(
		subjects.map((subject, i) => () => subject.decode(encoded[i] as Uint8Array, bytes.length)),
		{ rounds: Number(rounds), bytes: bytes.length },
	);
	return subjects.map(({ codec, library }, i) => ({
		codec,
		library,
		content,
		encode: encode[i] as number,
		decode: decode[i],
		ratio: bytes.length / (encoded[i] as Uint8Array).length,
	}));
}

async function checkDecoded(
	{ codec, library, decode }: Subject,
	encoded: Uint8Array,
	bytes: Uint8Array,
): Promise<void> {
	const decoded = await decode(encoded, bytes.length);
	if (!Buffer.from(decoded).equals(bytes))
		throw new Error(`${codec} by ${library} does not give back what it was given`);
}

async function checksumSpeeds(
	subjects: readonly ChecksumSubject[],
	content: string,
	bytes: Uint8Array,
): Promise<CodecSpeed[]> {
	const sums = new Set(subjects.map(({ checksum }) => checksum(bytes)));
	if (sums.size > 1) throw new Error(`the checksums of ${content} differ: ${[...sums].join(", ")}`);
	const speeds = await paced(
		subjects.map((subject) => () => subject.checksum(bytes)),
		{ rounds: Number(rounds), bytes: bytes.length },
	);
	return subjects.map(({ codec, library }, i) => ({ codec, library, content, encode: speeds[i] as number }));
}
