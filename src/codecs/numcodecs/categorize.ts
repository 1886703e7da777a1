/** Text as numbers of the labels it is one of (numcodecs, `Categorize`): 1 for the first; 0 for any other text, which is read as none. */
import type { DataType, TypedArray } from "../../format/data-types.js";
import { rowMajorStrides } from "../../selection/region.js";
import type { ArrayToArrayCodec, CodecFactory } from "../codec.js";
import { checkMembers, invalidMember } from "../configuration.js";
import { corrupt } from "../corrupt.js";
import { entriesOf } from "../entries.js";
import { typeMember } from "./settings.js";

const NAME = "numcodecs.categorize";

export const categorize: CodecFactory = {
	name: NAME,
	kind: "array-to-array",
	parse(configuration, spec): ArrayToArrayCodec {
		checkMembers(NAME, configuration, ["labels", "dtype", "astype"]);
		const { labels } = configuration;
		const { shape, dtype } = spec;
		if (dtype.kind !== "U") throw invalidMember(NAME, configuration, "dtype", `that of text, not ${dtype.name}`);
		if (!Array.isArray(labels) || labels.some((label) => typeof label !== "string"))
			throw invalidMember(NAME, configuration, "labels", "a list of texts");
		const stored = typeMember({ name: NAME, configuration }, "astype", dtype);
		if (!["i", "u"].includes(stored.kind) || stored.itemSize > 4)
			throw invalidMember(NAME, configuration, "astype", 'an integer type such as "|u1"');
		const coding = codingOf(labels as string[], stored);
		const count = shape.reduce((product, length) => product * length, 1);
		const stride = rowMajorStrides(shape, 1);
		return {
			kind: "array-to-array",
			name: NAME,
			encodedSpec: { shape, dtype: stored, fill: coding.encode(spec.fill as string[]) },
			axes: undefined,
			encode: (chunk) => ({ data: coding.encode(entriesOf(chunk, count) as string[]), shape, stride, offset: 0 }),
			decode: (chunk) => ({ data: coding.decode(entriesOf(chunk, count) as number[]), shape, stride, offset: 0 }),
		};
	},
};

interface Coding {
	encode(texts: readonly string[]): TypedArray;
	decode(numbers: Iterable<number>): string[];
}

function codingOf(labels: readonly string[], stored: DataType): Coding {
	const numbers = new Map(labels.map((label, i) => [label, i + 1]));
	return {
		encode(texts) {
			const codes = new stored.Array(texts.length) as Int32Array;
			for (const [i, text] of texts.entries()) codes[i] = numbers.get(text) ?? 0;
			return codes;
		},
		decode: (codes) =>
			Array.from(codes, (code) => {
				const label = code === 0 ? "" : labels[code - 1];
				if (label === undefined) throw corrupt(NAME, `there is no label ${code} among ${labels.length}`);
				return label;
			}),
	};
}
