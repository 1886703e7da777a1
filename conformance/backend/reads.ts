import type { ByteRange } from "../../src/backend.js";
import { check, equal, rejects, sameBytes } from "../expect.js";
import { type Clause, only, pattern, putFor, text, watchWhile } from "./store.js";

const LARGE = 16 * 1024 * 1024;

export const reads: readonly Clause[] = [
	{
		name: "get brings what was put, with its size and version",
		async check(store) {
			const { backend, prefix } = store;
			const bytes = pattern(1000);
			const etag = await putFor(store, `${prefix}a`, bytes);
			const fetched = await backend.get(`${prefix}a`);
			sameBytes(only(fetched), bytes, "get");
			equal([fetched?.size, fetched?.etag], [1000, etag], "size and etag");
			check(typeof etag === "string" && etag !== "", "an etag is a string that is not empty");
		},
	},
	{
		name: "absence is undefined to get and head, never an error",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}dir/a`, text("a"));
			for (const name of ["missing", "dir/missing", "dir", "di", "dir/a/below", "dir/aa"]) {
				equal(await backend.get(prefix + name), undefined, `get of ${name}`);
				equal(await backend.head(prefix + name), undefined, `head of ${name}`);
				equal(await backend.get(prefix + name, { ranges: [{ offset: 0 }] }), undefined, `ranges of ${name}`);
				equal(await backend.get(prefix + name, { ifMatch: "x" }), undefined, `get with ifMatch of ${name}`);
			}
		},
	},
	{
		name: "head agrees with get, and tells the time of the write",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}a`, pattern(77));
			const info = await backend.head(`${prefix}a`);
			equal([info?.size, info?.etag], [77, (await backend.get(`${prefix}a`))?.etag], "size and etag");
			const age = Date.now() - (info?.modified.getTime() ?? 0);
			check(Math.abs(age) < 3_600_000, `modified is within an hour of now, not ${age} ms ago`);
		},
	},
	{
		name: "a range is cut at the object's end, never padded",
		async check({ backend, writer, prefix }) {
			const bytes = pattern(100);
			await writer.put(`${prefix}a`, bytes);
			const expected: [ByteRange, Uint8Array][] = [
				[{ offset: 10, length: 20 }, bytes.subarray(10, 30)],
				[{ offset: 90 }, bytes.subarray(90)],
				[{ offset: 90, length: 50 }, bytes.subarray(90)],
				[{ offset: 100, length: 5 }, bytes.subarray(100)],
				[{ offset: 5000 }, bytes.subarray(100)],
				[{ offset: 40, length: 0 }, bytes.subarray(40, 40)],
				[{ suffix: 7 }, bytes.subarray(93)],
				[{ suffix: 1000 }, bytes],
				[{ suffix: 0 }, bytes.subarray(100)],
			];
			for (const [range, part] of expected) {
				const fetched = await backend.get(`${prefix}a`, { ranges: [range] });
				sameBytes(only(fetched), part, JSON.stringify(range));
				equal(fetched?.size, 100, "size is that of the whole object");
			}
		},
	},
	{
		name: "several ranges come in the order asked, also where they overlap",
		async check({ backend, writer, prefix }) {
			const bytes = pattern(200_000);
			await writer.put(`${prefix}a`, bytes);
			const ranges = [
				{ offset: 150_000, length: 40_000 },
				{ suffix: 4 },
				{ offset: 0, length: 9 },
				{ offset: 5, length: 9 },
			];
			const fetched = await backend.get(`${prefix}a`, { ranges });
			equal(fetched?.parts.length, 4, "parts");
			const spans = [
				[150_000, 190_000],
				[199_996, 200_000],
				[0, 9],
				[5, 14],
			] as const;
			for (const [i, [start, end]] of spans.entries())
				sameBytes(fetched?.parts[i], bytes.subarray(start, end), `part ${i}`);
			equal((await backend.get(`${prefix}a`, { ranges: [] }))?.parts.length, 0, "parts where no range is asked");
		},
	},
	{
		name: "a range that is no range is refused",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}a`, pattern(10));
			const wrong = [
				{ offset: -1 },
				{ offset: 0.5 },
				{ offset: 0, length: -2 },
				{ suffix: -1 },
				{ offset: Number.NaN },
			];
			for (const range of wrong)
				await rejects(() => backend.get(`${prefix}a`, { ranges: [range] }), "INVALID_ARGUMENT", JSON.stringify(range));
		},
	},
	{
		name: "ifMatch reads that version or fails with CONFLICT",
		async check(store) {
			const { backend, prefix } = store;
			const key = `${prefix}a`;
			const first = await putFor(store, key, text("first"));
			sameBytes(only(await backend.get(key, { ifMatch: first })), text("first"), "the version named");
			const second = await putFor(store, key, text("second"));
			const ranges = [{ offset: 0, length: 2 }];
			await rejects(() => backend.get(key, { ifMatch: first }), "CONFLICT", "the version before");
			await rejects(() => backend.get(key, { ifMatch: first, ranges }), "CONFLICT", "ranges of the version before");
			sameBytes(only(await backend.get(key, { ifMatch: second, ranges })), text("se"), "ranges of the version named");
		},
	},
	{
		name: "into is memory that may be used; what comes back is right either way",
		async check({ backend, writer, prefix }) {
			for (const size of [0, 100, 300_000]) {
				await writer.put(`${prefix}a`, pattern(size));
				for (const room of [size, size + 50, Math.max(0, size - 1)]) {
					const into = new Uint8Array(room + 8).subarray(8);
					sameBytes(only(await backend.get(`${prefix}a`, { into })), pattern(size), `${size} bytes into ${room}`);
				}
				const ranges = [{ suffix: 30 }, { offset: 0, length: 50 }, { offset: 60, length: size }];
				for (const room of [size + 200, 2 * size + 200, 40]) {
					const into = new Uint8Array(room + 8).subarray(8);
					const parts = (await backend.get(`${prefix}a`, { ranges, into }))?.parts ?? [];
					const slices = [pattern(size).slice(-30), pattern(size).slice(0, 50), pattern(size).slice(60)];
					for (const [i, slice] of slices.entries())
						sameBytes(parts[i], slice, `range ${i} of ${size} bytes into ${room}`);
				}
			}
		},
	},
	{
		name: "an object larger than the limit is refused with TOO_LARGE, ranges of it are read",
		async check({ backend, writer, prefix }) {
			const key = `${prefix}a`;
			const ranges = [{ offset: 10, length: 20 }];
			for (const size of [100, 300_000, 3_000_000]) {
				await writer.put(key, pattern(size));
				for (const limit of [size, size + 1, Number.POSITIVE_INFINITY])
					sameBytes(only(await backend.get(key, { limit })), pattern(size), `${size} bytes with limit ${limit}`);
				for (const limit of [size - 1, 1, 0])
					await rejects(() => backend.get(key, { limit }), "TOO_LARGE", `${size} bytes with limit ${limit}`);
				const part = only(await backend.get(key, { ranges }));
				// A server may turn out not to send ranges that can be used.
				if (backend.supports.ranges && !backend.supports.remote)
					sameBytes(only(await backend.get(key, { ranges, limit: 25 })), part, "a part");
			}
			await writer.put(key, pattern(0));
			equal((await backend.get(key, { limit: 0 }))?.size, 0, "an empty object with limit 0");
			equal(await backend.get(`${prefix}b`, { limit: 0 }), undefined, "what is not there with limit 0");
		},
	},
	{
		name: "borrowed bytes stay as they were when the object is replaced or deleted",
		async check({ backend, writer, prefix }) {
			const key = `${prefix}a`;
			for (const size of [50, 200_000]) {
				await writer.put(key, pattern(size, 1));
				const whole = only(await backend.get(key));
				const part = only(await backend.get(key, { ranges: [{ offset: 10, length: 20 }] }));
				await writer.put(key, pattern(size, 2));
				await backend.get(key);
				await writer.delete([key]);
				sameBytes(whole, pattern(size, 1), "the whole object");
				sameBytes(part, pattern(size, 1).subarray(10, 30), "a part");
			}
		},
	},
	{
		name: "an empty object is an object",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}a`, new Uint8Array());
			sameBytes(only(await backend.get(`${prefix}a`)), new Uint8Array(), "get");
			equal((await backend.head(`${prefix}a`))?.size, 0, "size");
			for (const range of [{ offset: 0 }, { offset: 0, length: 4 }, { suffix: 3 }])
				sameBytes(only(await backend.get(`${prefix}a`, { ranges: [range] })), new Uint8Array(), JSON.stringify(range));
		},
	},
	{
		name: "an object of 16 MiB comes back whole",
		async check({ backend, writer, prefix }) {
			const bytes = pattern(LARGE, 3);
			await writer.put(`${prefix}a`, bytes);
			sameBytes(only(await backend.get(`${prefix}a`)), bytes, "get");
			sameBytes(
				only(await backend.get(`${prefix}a`, { ranges: [{ suffix: 9 }] })),
				bytes.subarray(LARGE - 9),
				"suffix",
			);
		},
	},
	{
		name: "a reader sees one whole version while the object is overwritten",
		async check({ backend, writer, prefix }) {
			const key = `${prefix}a`;
			// Version v is so long and made of nothing but v.
			const version = (v: number): Uint8Array => new Uint8Array(200_000 + v).fill(v);
			await writer.put(key, version(1));
			const overwrite = async (): Promise<void> => {
				for (let v = 2; v < 40; v++) await writer.put(key, version(v));
			};
			const look = async (ranges: ByteRange[] | undefined): Promise<void> => {
				const fetched = await backend.get(key, { ranges });
				check(fetched !== undefined, "an object that is overwritten is never absent");
				const v = fetched.size - 200_000;
				for (const part of fetched.parts) sameBytes(part, new Uint8Array(part.byteLength).fill(v), `version ${v}`);
			};
			const apart = [{ offset: 0, length: 16 }, { offset: 100_000, length: 70_000 }, { suffix: 16 }];
			const overwriting = overwrite();
			const watches = [undefined, apart, undefined, apart].map((ranges) => watchWhile(overwriting, () => look(ranges)));
			await Promise.all(watches);
		},
	},
];
