import type { ChunkSpec, CodecFactory, Configuration } from "./codec.js";
import { checkMembers, invalidMember } from "./configuration.js";
import { valuesCodec } from "./numcodecs/values-codec.js";

const NAME = "reshape";

/** The same values in the same row-major order, seen through other axes (zarr-extensions, codec `reshape`). */
export const reshape: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec) {
		checkMembers(NAME, configuration, ["shape"]);
		const encodedSpec: ChunkSpec = { ...spec, shape: shapeOf(configuration, spec.shape) };
		return valuesCodec(NAME, spec, encodedSpec, { encode: (values) => values, decode: (values) => values });
	},
};

/** What the length of an axis is told as: itself, axes whose product it is, or whatever is left. */
type Length = number | readonly number[];

/** Says that it is whatever is left. */
const REST = -1;

function shapeOf(configuration: Configuration, input: readonly number[]): number[] {
	const lengths = checkedLengths(configuration, input.length);
	const total = product(input);
	const known = product(lengths.map((length) => (length === REST ? 1 : lengthOf(length, input))));
	const rest = total / known;
	const output = lengths.map((length) => (length === REST ? rest : lengthOf(length, input)));
	if (!Number.isInteger(rest) || product(output) !== total)
		throw invalid(configuration, `of ${total} elements, as chunks of [${input.join(", ")}] have`);
	lengths.forEach((length, axis) => {
		if (!Array.isArray(length) || length.length === 0) return;
		const [first, last] = [length[0] as number, length.at(-1) as number];
		const agrees = [
			product(output.slice(0, axis)) === product(input.slice(0, first)),
			product(output.slice(axis + 1)) === product(input.slice(last + 1)),
		];
		if (agrees.includes(false))
			throw invalid(
				configuration,
				`such that as many elements lie before and after axis ${axis} as before and after [${length.join(", ")}]`,
			);
	});
	return output;
}

/** Each alone, and that the axes named increase: an order of axes is for the codec `transpose` to change. */
function checkedLengths(configuration: Configuration, ndim: number): readonly Length[] {
	const { shape } = configuration;
	const isAxis = (axis: unknown): boolean => Number.isInteger(axis) && (axis as number) >= 0 && (axis as number) < ndim;
	const isLength = (length: unknown): boolean =>
		Array.isArray(length)
			? length.every(isAxis)
			: length === REST || (Number.isSafeInteger(length) && (length as number) >= 1);
	if (!Array.isArray(shape) || !shape.every(isLength))
		throw invalid(configuration, `a list of lengths ≥ 1, lists of axes below ${ndim}, and -1`);
	const lengths = shape as readonly Length[];
	if (lengths.filter((length) => length === REST).length > 1) throw invalid(configuration, "without a second -1");
	const axes = lengths.flatMap((length) => (Array.isArray(length) ? (length as readonly number[]) : []));
	if (axes.every((axis, i) => i === 0 || axis > (axes[i - 1] as number))) return lengths;
	throw invalid(configuration, "a list whose axes increase; to change their order use transpose");
}

function lengthOf(length: Length, input: readonly number[]): number {
	return typeof length === "number" ? length : product(length.map((axis) => input[axis] as number));
}

function product(lengths: readonly number[]): number {
	return lengths.reduce((result, length) => result * length, 1);
}

function invalid(configuration: Configuration, wanted: string): Error {
	return invalidMember(NAME, configuration, "shape", wanted);
}
