/** Floats of 16 bits and less, through the public door: what every code means, and which code every number gets. */
import { type Connection, connect, type Dataset, type NumericName } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Bits of exponent and mantissa, the bias, and what there is beside finite numbers; as the registry of data types describes them. */
interface Layout {
	readonly name: NumericName & `${string}float${string}`;
	readonly exponent: number;
	readonly mantissa: number;
	readonly bias: number;
	readonly nan: "with infinity" | "minus zero" | "ones" | "last" | "none";
}

const LAYOUTS: readonly Layout[] = [
	{ name: "float8_e3m4", exponent: 3, mantissa: 4, bias: 3, nan: "with infinity" },
	{ name: "float8_e4m3", exponent: 4, mantissa: 3, bias: 7, nan: "with infinity" },
	{ name: "float8_e5m2", exponent: 5, mantissa: 2, bias: 15, nan: "with infinity" },
	{ name: "float8_e4m3b11fnuz", exponent: 4, mantissa: 3, bias: 11, nan: "minus zero" },
	{ name: "float8_e4m3fn", exponent: 4, mantissa: 3, bias: 7, nan: "ones" },
	{ name: "float8_e4m3fnuz", exponent: 4, mantissa: 3, bias: 8, nan: "minus zero" },
	{ name: "float8_e5m2fnuz", exponent: 5, mantissa: 2, bias: 16, nan: "minus zero" },
	{ name: "float8_e8m0fnu", exponent: 8, mantissa: 0, bias: 127, nan: "last" },
	{ name: "float6_e2m3fn", exponent: 2, mantissa: 3, bias: 1, nan: "none" },
	{ name: "float6_e3m2fn", exponent: 3, mantissa: 2, bias: 3, nan: "none" },
	{ name: "float4_e2m1fn", exponent: 2, mantissa: 1, bias: 1, nan: "none" },
	{ name: "bfloat16", exponent: 8, mantissa: 7, bias: 127, nan: "with infinity" },
];

const bitsOf = ({ exponent, mantissa, nan }: Layout): number => exponent + mantissa + (nan === "last" ? 0 : 1);

/** The value of a code, from its digits. */
function decoded(code: number, layout: Layout): number {
	const digits = code.toString(2).padStart(bitsOf(layout), "0");
	const unsigned = layout.nan === "last" ? digits : digits.slice(1);
	const sign = layout.nan !== "last" && digits.startsWith("1") ? -1 : 1;
	const [power, fraction] = [unsigned.slice(0, layout.exponent), unsigned.slice(layout.exponent)];
	const isTop = !power.includes("0");
	if (layout.nan === "last") return isTop ? Number.NaN : 2 ** (Number.parseInt(power, 2) - 127);
	if (layout.nan === "minus zero" && sign < 0 && !unsigned.includes("1")) return Number.NaN;
	if (layout.nan === "with infinity" && isTop)
		return fraction.includes("1") ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	if (layout.nan === "ones" && !unsigned.includes("0")) return Number.NaN;
	const isSubnormal = !power.includes("1");
	const significand = Number.parseInt((isSubnormal ? "0" : "1") + fraction, 2) / 2 ** layout.mantissa;
	return sign * significand * 2 ** ((isSubnormal ? 1 : Number.parseInt(power, 2)) - layout.bias);
}

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});
afterAll(() => con.close());

let made = 0;
async function vector<D extends NumericName>(dtype: D, length: number): Promise<Dataset<D>> {
	return con.createDataset(`v${made++}`, { shape: [length], chunkShape: [length], dtype, codecs: ["bytes"] });
}

/** The stored words of a dataset of one chunk. */
async function stored({ name }: Dataset, { exponent, mantissa }: Layout): Promise<number[]> {
	const object = await con.backend.get(`${name}/c/0`);
	const bytes = Uint8Array.from(object?.parts[0] ?? []);
	return Array.from(exponent + mantissa > 8 ? new Uint16Array(bytes.buffer) : bytes);
}

describe.each(LAYOUTS)("$name", (layout) => {
	const bits = bitsOf(layout);
	const codes = Array.from({ length: 2 ** bits }, (_, code) => code);
	const finite = codes
		.map((code) => ({ code, value: decoded(code, layout) }))
		.filter(({ value, code }) => Number.isFinite(value) && !Object.is(value, -0) && code >= 0)
		.sort((a, b) => a.value - b.value);

	it("means by every code what its digits say, and writes the same code again", async () => {
		const ds = await vector(layout.name, codes.length);
		const words = bits > 8 ? Uint16Array.from(codes) : Uint8Array.from(codes);
		await con.backend.put(`${ds.name}/c/0`, new Uint8Array(words.buffer));
		const { data } = await ds.get();
		expect(data).toBeInstanceOf(Float32Array);
		expect(Array.from(data as Float32Array)).toEqual(codes.map((code) => decoded(code, layout)));
		const again = await vector(layout.name, codes.length);
		await again.set("...", data as Float32Array);
		expect(await stored(again, layout)).toEqual(codes);
	});

	it("rounds once to the nearest, halfway to the even code", async () => {
		const between = finite.slice(1).flatMap(({ code, value: above }, n) => {
			const below = finite[n] as (typeof finite)[number];
			const middle = (below.value + above) / 2;
			const nudge = (above - below.value) * 2 ** -40;
			// Where there is no mantissa, every significand is 1, which is odd, so that a tie goes up.
			const even = layout.mantissa === 0 || (code & 1) === 0 ? code : below.code;
			const rows: [number, number][] = [
				[middle - nudge, below.code],
				[middle, even],
				[middle + nudge, code],
			];
			return rows;
		});
		// Of the negative values that become zero some have a zero with their sign, some have none.
		const rows = between.filter(([value, code]) => value > 0 || code !== 0);
		const ds = await vector(layout.name, rows.length);
		await ds.set(
			"...",
			Float64Array.from(rows, ([value]) => value),
		);
		expect(await stored(ds, layout)).toEqual(rows.map(([, code]) => code));
		const plain = await vector(layout.name, rows.length);
		await plain.set(
			"...",
			rows.map(([value]) => value),
		);
		expect(await stored(plain, layout)).toEqual(rows.map(([, code]) => code));
	});
});

describe("out of range", () => {
	const at = Number.POSITIVE_INFINITY;
	it.each<[Layout["name"], number[], number[]]>([
		["float8_e3m4", [15.74, 15.75, -at, -0, Number.NaN], [0x6f, 0x70, 0xf0, 0x80, 0x78]],
		["float8_e4m3", [247.9, 248, -at, -1e-9, Number.NaN], [0x77, 0x78, 0xf8, 0x80, 0x7c]],
		["float8_e5m2", [61439, 61440, -1e9, -1e-9, Number.NaN], [0x7b, 0x7c, 0xfc, 0x80, 0x7e]],
		["float8_e4m3b11fnuz", [30.9, 31, -at, -0, -1e-9, Number.NaN], [0x7f, 0x80, 0x80, 0, 0, 0x80]],
		["float8_e4m3fn", [464, 464.1, -at, -1e9, -0, Number.NaN], [0x7e, 0x7f, 0xff, 0xff, 0x80, 0x7f]],
		["float8_e4m3fnuz", [247.9, 248, -at, -0, -1e-9, Number.NaN], [0x7f, 0x80, 0x80, 0, 0, 0x80]],
		["float8_e5m2fnuz", [61439, 61440, -at, -0, -1e-9, Number.NaN], [0x7f, 0x80, 0x80, 0, 0, 0x80]],
		["float8_e8m0fnu", [1e-44, 0, -1, at, 2 ** 127, 3.3e38, Number.NaN], [0, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff]],
		["float6_e2m3fn", [7.9, 1e9, -at, -0, Number.NaN], [0x1f, 0x1f, 0x3f, 0x20, 0x20]],
		["float6_e3m2fn", [29.9, 1e9, -at, -0, Number.NaN], [0x1f, 0x1f, 0x3f, 0x20, 0x20]],
		["float4_e2m1fn", [6.9, 1e9, -at, -0, Number.NaN], [0x7, 0x7, 0xf, 0x8, 0x8]],
		["bfloat16", [3.3961774e38, 3.3961776e38, -at, -0, Number.NaN], [0x7f7f, 0x7f80, 0xff80, 0x8000, 0x7fc0]],
	])("typed arrays store in %s what ml_dtypes makes of them", async (name, values, codes) => {
		const ds = await vector(name, values.length);
		await ds.set("...", Float32Array.from(values));
		expect(await stored(ds, LAYOUTS.find((layout) => layout.name === name) as Layout)).toEqual(codes);
	});

	it.each<[Layout["name"], (number | bigint)[]]>([
		["float8_e4m3", [248, -1e30, 17n]],
		["float8_e4m3fn", [464 + 2 ** -44, at, 17n]],
		["float8_e5m2fnuz", [61440, at, 9n]],
		["float8_e8m0fnu", [0, -1, at, 3.3e38]],
		["float6_e3m2fn", [30, at, Number.NaN]],
		["float4_e2m1fn", [7, -at, Number.NaN, 5n]],
		["bfloat16", [3.4e38, 257n]],
	])("numbers that %s has no value near are refused", async (name, values) => {
		const ds = await vector(name, 2);
		for (const value of values) {
			const refusal = { code: "INVALID_ARGUMENT", message: expect.stringContaining(`does not fit ${name}`) };
			await expect(ds.set("0", value)).rejects.toMatchObject(refusal);
			await expect(vector(name, 1).then((v) => v.set("...", [value]))).rejects.toMatchObject(refusal);
		}
	});
});

describe("fill values", () => {
	it.each<[NumericName, number | readonly [number, number], unknown]>([
		["float8_e5m2", 0.3, 0.3125],
		["float8_e4m3fnuz", Number.NaN, "NaN"],
		["float4_e2m1fn", -6, -6],
		["bfloat16", Number.NEGATIVE_INFINITY, "-Infinity"],
		["float8_e8m0fnu", 2 ** -127, 2 ** -127],
		["complex_float8_e3m4", [0.25, -15.5], [0.25, -15.5]],
		["complex_bfloat16", [Number.NaN, 1], ["NaN", 1]],
	])("of %s: %o", async (dtype, fillValue, json) => {
		const ds = await con.createDataset(`v${made++}`, { shape: [2], dtype, fillValue: fillValue as never });
		const document = JSON.parse(new TextDecoder().decode((await con.backend.get(`${ds.name}/zarr.json`))?.parts[0]));
		expect(document).toMatchObject({ data_type: dtype, fill_value: json });
		const again = await con.getDataset(ds.name);
		expect(again.fillValue).toEqual(ds.fillValue);
		expect(await again.at(1)).toEqual(ds.fillValue);
		await again.set("...", { data: (await again.get()).data, shape: (await again.get()).shape });
		expect(await again.hasChunk([0])).toBe(false);
	});

	it("left out are zero, or the least where there is no zero", async () => {
		expect((await vector("float6_e2m3fn", 1)).fillValue).toBe(0);
		expect((await vector("float8_e8m0fnu", 1)).fillValue).toBe(2 ** -127);
	});

	it.each<[NumericName, unknown]>([
		["float8_e4m3fnuz", Number.POSITIVE_INFINITY],
		["float6_e2m3fn", Number.NaN],
		["float4_e2m1fn", 7],
		["float8_e8m0fnu", 0],
		["bfloat16", 1e39],
		["complex_float4_e2m1fn", [1, 100]],
	])("of %s cannot be %o", async (dtype, fillValue) => {
		const wanted = { shape: [1], dtype, fillValue: fillValue as never };
		await expect(con.createDataset("none", wanted)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});
});
