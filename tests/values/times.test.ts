/** Points and spans of time, through the public door. */
import fc from "fast-check";
import { type Connection, connect, type DType, formatTime, type StoreError, slice, toDate } from "tesserae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const NAT = -(2n ** 63n);

let con: Connection;
beforeAll(async () => {
	con = await connect("ram:");
});
afterAll(() => con.close());

async function documentOf(key: string) {
	return JSON.parse(new TextDecoder().decode((await con.backend.get(key))?.parts[0]));
}

describe("data types", () => {
	it.each([
		["datetime64[ns]", "numpy.datetime64[ns]", { unit: "ns", scale_factor: 1 }],
		["numpy.timedelta64[10us]", "numpy.timedelta64[10us]", { unit: "us", scale_factor: 10 }],
		["timedelta64[generic]", "numpy.timedelta64[generic]", { unit: "generic", scale_factor: 1 }],
	] as const)("%s", async (dtype, name, configuration) => {
		const ds = await con.createDataset(dtype, { shape: [2], dtype });
		expect(ds.dtype).toBe(name);
		const data_type = { name: name.replace(/\[.*/, ""), configuration };
		expect(await documentOf(`${dtype}/zarr.json`)).toMatchObject({ data_type, fill_value: 0 });
		expect((await con.getDataset(dtype, { dtype })).is(data_type)).toBe(true);
		expect((await con.createDataset(dtype, { shape: [2], dtype: data_type, ifExists: "open" })).dtype).toBe(name);
	});

	it("keep the Greek letter of microseconds where it was read", async () => {
		const dtype = { name: "numpy.datetime64", configuration: { unit: "\u03bcs", scale_factor: 5 } };
		const ds = await con.createDataset("greek", { shape: [1], dtype });
		expect(ds.dtype).toBe("numpy.datetime64[5us]");
		await (await con.getDataset("greek")).resize([2]);
		expect((await documentOf("greek/zarr.json")).data_type).toEqual(dtype);
		expect((await documentOf(`${(await ds.clone("clone")).name}/zarr.json`)).data_type).toEqual(dtype);
	});

	const configured = (configuration: unknown) => ({ name: "numpy.datetime64", configuration });
	it.each([
		["a unit that there is not", configured({ unit: "min", scale_factor: 1 }), "unit of time"],
		["a unit that is no text", configured({ unit: { s: 1 }, scale_factor: 1 }), "unit of time"],
		["no unit", configured({ scale_factor: 1 }), "unit of time"],
		["no factor", configured({ unit: "s" }), "scale_factor"],
		["a factor of 0", configured({ unit: "s", scale_factor: 0 }), "scale_factor"],
		["a factor of -1", configured({ unit: "s", scale_factor: -1 }), "scale_factor"],
		["a factor of 2^31", configured({ unit: "s", scale_factor: 2 ** 31 }), "scale_factor"],
		["a factor of 1.5", configured({ unit: "s", scale_factor: 1.5 }), "scale_factor"],
		["a factor as text", configured({ unit: "s", scale_factor: "1" }), "scale_factor"],
		["no configuration", { name: "numpy.datetime64" }, "configuration"],
	])("are refused with %s", async (_, dtype, part) => {
		const refusal = (code: StoreError["code"]) => ({ code, message: expect.stringContaining(part) });
		await expect(con.createDataset("none", { shape: [1], dtype: dtype as never })).rejects.toMatchObject(
			refusal("INVALID_ARGUMENT"),
		);
		const whole = await documentOf(
			`${(await con.createDataset("whole", { shape: [1], dtype: "datetime64[s]", ifExists: "replace" })).name}/zarr.json`,
		);
		await con.backend.put("broken/zarr.json", new TextEncoder().encode(JSON.stringify({ ...whole, data_type: dtype })));
		await expect(con.getDataset("broken")).rejects.toMatchObject(refusal("CORRUPT"));
	});

	it.each(["datetime64[x]", "datetime64[0s]", "datetime64", "datetime64[s", "numpy.datetime64"])(
		"are no %s",
		async (dtype) => {
			const error = await con.createDataset("none", { shape: [1], dtype: dtype as never }).catch((e: StoreError) => e);
			expect(["INVALID_ARGUMENT", "UNSUPPORTED"]).toContain((error as StoreError).code);
		},
	);
});

describe("values", () => {
	it("are counts, dates, ISO 8601 and NaT", async () => {
		const ds = await con.createDataset("values", { shape: [7], dtype: "numpy.datetime64[100us]", fillValue: "NaT" });
		expect(ds.fillValue).toBe(NAT);
		expect((await documentOf("values/zarr.json")).fill_value).toBe("NaT");
		await ds.set("0:6", [
			...[7n, 8, new Date("2024-02-29T12:00:00.5Z"), "2024-02-29T12:00:00.5001"],
			...["1969-12-31 23:59:59.9999", "2024-03-01T01:00+02:00"],
		]);
		const { data } = await ds.get();
		const noon = BigInt(Date.UTC(2024, 1, 29, 12)) * 10n;
		const expected = [7n, 8n, noon + 5000n, noon + 5001n, -1n, noon + 110n * 60n * 60n * 1000n, NAT];
		expected[5] = BigInt(Date.UTC(2024, 1, 29, 23)) * 10n;
		expect(Array.from(data)).toEqual(expected);
		expect(toDate(await ds.at(3), ds.dtype)).toEqual(new Date("2024-02-29T12:00:00.500Z"));
		expect(toDate(await ds.at(4), ds.dtype)).toEqual(new Date(-1));
		expect(toDate(await ds.at(6), ds.dtype)).toBeUndefined();
		expect(formatTime(await ds.at(4), ds.dtype)).toBe("1969-12-31T23:59:59.999900");
		await ds.set("...", BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 6n, 7n));
		expect(await ds.at(6)).toBe(7n);
	});

	it.each([
		["2024-02-30", /no such day/],
		["2024-01-01T24:00", /no such day/],
		["yesterday", /ISO 8601/],
		["2024-01-01T00:00:00.5", /between two counts/],
		[new Date(1), /between two counts/],
		[new Date(Number.NaN), /NaT/],
		[1.5, /integer/],
		[2n ** 63n, /64 bits/],
		["+999999999999-01-01", /64 bits/],
		[true, /takes/],
	])("that are no whole second are refused: %o", async (value, message) => {
		const ds = await con.createDataset("seconds", { shape: [2], dtype: "datetime64[s]", ifExists: "replace" });
		const refusal = { code: "INVALID_ARGUMENT", message: expect.stringMatching(message) };
		await expect(ds.set("...", [0n, value] as never)).rejects.toMatchObject(refusal);
		await expect(ds.set("0", value as never)).rejects.toMatchObject(refusal);
		const filled = { shape: [1], dtype: "numpy.datetime64[s]", fillValue: value } as const;
		await expect(con.createDataset("none", filled as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	});

	it("of spans are counts alone", async () => {
		const ds = await con.createDataset("spans", { data: [1n, -2n], dtype: "numpy.timedelta64[h]" });
		await ds.set("0", "NaT");
		expect(Array.from((await ds.get()).data)).toEqual([NAT, -2n]);
		await expect(ds.set("0", "2024-01-01" as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		expect(() => toDate(1n, ds.dtype)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
		expect(formatTime(-2n, ds.dtype)).toBe("-2");
	});

	it("that come as dates tell the data type", async () => {
		const ds = await con.createDataset("dates", { data: [[new Date(5)], [new Date(-7)]] });
		expect([ds.dtype, Array.from((await ds.get()).data)]).toEqual(["numpy.datetime64[ms]", [5n, -7n]]);
	});

	it.each([
		["Y", "-000044", -2014n],
		["7M", "1969-06", -1n],
		["W", "1970-01-08", 1n],
		["D", "1600-02-29", -135081n],
		["h", "1970-01-01T05", 5n],
		["m", "1969-12-31T23:59", -1n],
		["ps", "1970-01-01T00:00:00.000000000001", 1n],
		["as", "1969-12-31T23:59:50.776627963145224192", -(2n ** 63n) + 1n],
	])("of unit %s read %s", async (unit, text, count) => {
		const dtype = `numpy.datetime64[${unit}]` as const;
		const ds = await con.createDataset("units", { shape: [1], dtype, ifExists: "replace" });
		const shown = formatTime(count, dtype);
		if (unit !== "as") {
			expect(shown).toBe(text);
			expect(toDate(count, dtype)?.toISOString().startsWith(text.slice(0, 10))).toBe(true);
		}
		await ds.set("0", shown);
		expect(await ds.at(0)).toBe(count);
	});

	it("agree with Date wherever that reaches", () => {
		const ends = { min: -8.64e15, max: 8.64e15 };
		fc.assert(
			fc.property(fc.integer(ends), (ms) => {
				expect(formatTime(BigInt(ms), "datetime64[ms]")).toBe(new Date(ms).toISOString().replace("Z", ""));
				expect(toDate(BigInt(ms) * 1000n + 999n, "datetime64[us]")?.getTime()).toBe(ms);
			}),
		);
		expect(() => toDate(8640000000001n, "datetime64[s]")).toThrow(expect.objectContaining({ code: "OUT_OF_BOUNDS" }));
	});
});

describe("arrays", () => {
	it("have a least and a largest time, and NaT propagates unless skipped", async () => {
		const data = { data: BigInt64Array.of(5n, -3n, NAT, 8n, NAT, NAT), shape: [3, 2] };
		const ds = await con.createDataset("extremes", { data, dtype: "numpy.timedelta64[s]", chunkShape: [2, 1] });
		expect([await ds.min(), await ds.max()]).toEqual([NAT, NAT]);
		expect([await ds.min({ skipNaN: true }), await ds.max({ skipNaN: true })]).toEqual([-3n, 8n]);
		expect(Array.from((await ds.max({ axes: 1, skipNaN: true })).data)).toEqual([5n, 8n, NAT]);
		expect(Array.from((await ds.min({ axes: 1 })).data)).toEqual([-3n, NAT, NAT]);
		for (const statistic of ["sum", "mean", "std", "histogram"] as const)
			await expect((ds[statistic] as () => Promise<unknown>).call(ds)).rejects.toMatchObject({
				code: "UNSUPPORTED",
				message: expect.stringMatching(/spans/),
			});
	});

	it("are copied between data types only where counts keep their meaning", async () => {
		const source = await con.createDataset("source", { data: [1n, NAT], dtype: "numpy.datetime64[s]" });
		const like = { data: source, ifExists: "replace" } as const;
		expect((await con.createDataset("same", like)).dtype).toBe("numpy.datetime64[s]");
		for (const dtype of ["numpy.datetime64[generic]", "numpy.timedelta64[s]", "int64", "float64"] as const)
			await expect(con.createDataset("other", { ...like, dtype })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
		const counts = await con.createDataset("counts", { shape: [2], dtype: "int64" });
		await counts.load(source, { casting: "unsafe" });
		expect(Array.from((await counts.get()).data)).toEqual([1n, NAT]);
	});

	// What NumPy 2.4 gives with casting="same_kind", but for what leaves 64 bits, where it wraps.
	it.each<[from: string, to: string, counts: readonly bigint[], converted: readonly bigint[]]>([
		["datetime64[ms]", "datetime64[s]", [-1n, 1500n, NAT], [-1n, 1n, NAT]],
		["datetime64[s]", "datetime64[10us]", [-1n, 3n], [-100_000n, 300_000n]],
		["datetime64[us]", "datetime64[10us]", [7n, -7n], [0n, -1n]],
		["datetime64[M]", "datetime64[D]", [-1n, 1n, 649n], [-31n, 31n, 19754n]],
		["datetime64[D]", "datetime64[M]", [-1n, 40n, 30n, 31n], [-1n, 1n, 0n, 1n]],
		["datetime64[D]", "datetime64[2M]", [-1n, 0n, 58n, 59n], [-1n, 0n, 0n, 1n]],
		["datetime64[M]", "datetime64[Y]", [-1n, 12n], [-1n, 1n]],
		["datetime64[Y]", "datetime64[W]", [3n], [156n]],
		["datetime64[3D]", "datetime64[2D]", [5n], [7n]],
		["datetime64[D]", "datetime64[W]", [0n, -1n], [0n, -1n]],
		["datetime64[as]", "datetime64[Y]", [-1n], [-1n]],
		["datetime64[generic]", "datetime64[s]", [5n, NAT], [5n, NAT]],
		["timedelta64[ms]", "timedelta64[s]", [-1500n, 1500n, NAT], [-2n, 1n, NAT]],
		["timedelta64[Y]", "timedelta64[M]", [1n], [12n]],
		["timedelta64[M]", "timedelta64[Y]", [-13n], [-2n]],
		["timedelta64[W]", "timedelta64[h]", [1n, -1n], [168n, -168n]],
		["timedelta64[generic]", "timedelta64[s]", [5n], [5n]],
	])("are converted from %s to %s, rounded down", async (from, to, counts, converted) => {
		const shape = { shape: [counts.length], dtype: to as "datetime64[s]", ifExists: "replace" } as const;
		for (const engine of ["sequential", "threads"]) {
			const other = await connect("ram:", { engine });
			const source = await other.createDataset("from", { data: [...counts], dtype: from as DType });
			const target = await other.createDataset("to", { ...shape, chunkShape: [2] });
			await target.load(source);
			expect(Array.from((await target.get()).data)).toEqual(converted);
			await target.set("...", 1n);
			await target.set("...", BigInt64Array.from(counts), { dtype: from as DType });
			expect(Array.from((await target.get()).data)).toEqual(converted);
			await target.set("...", BigInt64Array.from(counts));
			expect(Array.from((await target.get()).data)).toEqual(counts);
			await other.close();
		}
	});

	it("of spans are converted between months and days where any casting is allowed", async () => {
		const source = await con.createDataset("years", { data: [1n, 4n], dtype: "timedelta64[Y]", ifExists: "replace" });
		const days = await con.createDataset("days", { shape: [2], dtype: "timedelta64[D]", ifExists: "replace" });
		const refusal = { code: "INVALID_ARGUMENT", message: expect.stringMatching(/mean length/) };
		await expect(days.load(source)).rejects.toMatchObject(refusal);
		await days.load(source, { casting: "unsafe" });
		expect(Array.from((await days.get()).data)).toEqual([365n, 1460n]);
	});

	it("that leave 64 bits in another unit are refused, with their index", async () => {
		const dtype = "numpy.datetime64[s]";
		const data = { data: BigInt64Array.of(0n, 1n, 2n, 3n, 2n ** 62n, 5n), shape: [3, 2] };
		const source = await con.createDataset("late", { data, dtype, chunkShape: [1, 1], ifExists: "replace" });
		const target = await con.createDataset("ns", { shape: [3, 2], dtype: "datetime64[ns]", ifExists: "replace" });
		const fine = await con.createDataset("as", {
			shape: [3, 2],
			chunkShape: [2, 1],
			dtype: "datetime64[ns]",
			ifExists: "replace",
		});
		const refusal = {
			code: "INVALID_ARGUMENT",
			message: expect.stringMatching(/datetime64\[s\].* at index \[2, 0\].*ns/),
		};
		for (const [to, casting] of [
			[target, "same_kind"],
			[fine, "unsafe"],
		] as const)
			await expect(to.load(source, { casting })).rejects.toMatchObject(refusal);
		await expect(target.set("...", (await source.get()).data as never, { dtype })).rejects.toMatchObject({
			code: "INVALID_ARGUMENT",
		});
		await expect(target.set("...", await source.get(), { dtype })).rejects.toMatchObject(refusal);
		const slabs = async function* () {
			for (const row of [0, 1, 2]) yield await source.get([slice(row, row + 1)]);
		};
		await expect(target.load({ shape: [3, 2], dtype, slabs })).rejects.toMatchObject(refusal);
		await expect(target.set("...", 0n, { dtype: "int64" })).resolves.toBeUndefined();
	});

	it("print as times", async () => {
		const { inspect } = await import("node:util");
		const ds = await con.createDataset("print", { data: [0n, NAT], dtype: "numpy.datetime64[D]" });
		expect(inspect(await ds.get())).toBe("NdArray(numpy.datetime64[D], [2]) [1970-01-01, NaT]");
	});

	it.each([
		["<M8[ns]", "numpy.datetime64[ns]"],
		[">m8[10us]", "numpy.timedelta64[10us]"],
		["<M8", "numpy.datetime64[generic]"],
	] as const)("in format 2 are %s", async (text, dtype) => {
		const codecs = [{ name: "bytes", configuration: { endian: text.startsWith(">") ? "big" : "little" } }];
		const options = { dtype, format: 2, codecs, fillValue: NAT, ifExists: "replace" } as const;
		await con.createDataset("old", { ...options, data: [1n, NAT, 3n] });
		expect((await documentOf("old/.zarray")).dtype).toBe(text);
		const bytes = new TextDecoder().decode((await con.backend.get("old/.zarray"))?.parts[0]);
		expect(bytes).toContain('"fill_value": -9223372036854775808');
		const read = await con.getDataset("old");
		expect([read.dtype, read.fillValue, Array.from((await read.get()).data as BigInt64Array)]).toEqual([
			dtype,
			NAT,
			[1n, NAT, 3n],
		]);
	});
});
