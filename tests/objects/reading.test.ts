import { describe, expect, test } from "vitest";
import { drained, openedFor, PLACES, someBytes } from "./stores.js";

const BYTES = someBytes(10_000);

describe.each(PLACES)("reading objects of $name", (place) => {
	const opened = openedFor(place);

	test("an object comes whole, as text and as JSON, with its size and version", async () => {
		const { reader, writer } = opened.now;
		await writer.store.put("a/bytes.bin", BYTES);
		await writer.store.put("a/text.txt", "héllo 日本");
		await writer.store.put("a/value.json", { n: 9007199254740993n, list: [1, -0.5, null] }, { as: "json" });
		const { store } = reader;
		expect(await store.get("a/bytes.bin")).toEqual(BYTES);
		expect(await store.get("a/text.txt", { as: "text" })).toBe("héllo 日本");
		expect(await store.get("a/value.json", { as: "json" })).toEqual({ n: 9007199254740993n, list: [1, -0.5, null] });
		const head = await store.head("a/bytes.bin");
		expect(head).toEqual({ size: 10_000, etag: expect.any(String), modified: expect.any(Date) });
		expect(Math.abs((head?.modified.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
		expect([await store.has("a/bytes.bin"), await store.size("a/text.txt")]).toEqual([true, 13]);
		expect(await store.get("a/bytes.bin", { ifMatch: head?.etag })).toEqual(BYTES);
	});

	test("what is not there is undefined", async () => {
		const { store } = opened.now.reader;
		const calls = [
			store.get("none"),
			store.get("none", { as: "text" }),
			store.range("none", "0-9"),
			store.head("none"),
			store.size("none"),
			store.stream("none"),
			store.stream("none", { range: "-5" }),
			store.openRandomAccess("none"),
		];
		expect(await Promise.all(calls)).toEqual(calls.map(() => undefined));
		expect(await store.has("none")).toBe(false);
	});

	test("a range is cut at the end; one that begins there is refused", async () => {
		const { reader, writer } = opened.now;
		await writer.store.put("ranged", BYTES);
		await writer.store.put("empty", "");
		const { store } = reader;
		expect(await store.range("ranged", "0-499")).toEqual(BYTES.slice(0, 500));
		expect(await store.range("ranged", "9500-")).toEqual(BYTES.slice(9500));
		expect(await store.range("ranged", "-500")).toEqual(BYTES.slice(-500));
		expect(await store.range("ranged", "9990-20000")).toEqual(BYTES.slice(9990));
		expect(await store.range("ranged", "-20000")).toEqual(BYTES);
		expect(await store.range("ranged", { offset: 5, length: 0 })).toEqual(new Uint8Array());
		expect(await store.get("ranged", { range: { offset: 7, length: 3 } })).toEqual(BYTES.slice(7, 10));
		for (const range of ["10000-", "10000-10001", "12345-"])
			await expect(store.range("ranged", range)).rejects.toMatchObject({ code: "OUT_OF_BOUNDS", key: "ranged" });
		expect(await store.range("empty", "0-")).toEqual(new Uint8Array());
		expect(await store.range("empty", "-5")).toEqual(new Uint8Array());
		await expect(store.range("empty", "1-")).rejects.toMatchObject({ code: "OUT_OF_BOUNDS" });
	});

	test("a stream brings the same bytes, in chunks", async () => {
		const { reader, writer } = opened.now;
		await writer.store.put("streamed", BYTES);
		await writer.store.put("nothing", "");
		const { store } = reader;
		expect(await drained(await store.stream("streamed"))).toEqual(BYTES);
		const sizes: number[] = [];
		for await (const { byteLength } of (await store.stream("streamed", { chunkSize: 3000 })) ?? [])
			sizes.push(byteLength);
		expect(sizes).toEqual([3000, 3000, 3000, 1000]);
		expect(await drained(await store.stream("streamed", { range: "100-5000", chunkSize: 999 }))).toEqual(
			BYTES.slice(100, 5001),
		);
		expect(await drained(await store.stream("streamed", { range: "-4321", chunkSize: 1000 }))).toEqual(
			BYTES.slice(-4321),
		);
		expect(await drained(await store.stream("nothing"))).toEqual(new Uint8Array());
		await expect(store.stream("streamed", { range: "10000-" })).rejects.toMatchObject({ code: "OUT_OF_BOUNDS" });
	});

	test("random access slices as an ArrayBuffer does", async () => {
		const { reader, writer } = opened.now;
		await writer.store.put("sliced", BYTES);
		const file = await reader.store.openRandomAccess("sliced");
		expect(file).toMatchObject({ byteLength: 10_000, etag: (await reader.store.head("sliced"))?.etag });
		for (const [start, end] of [[], [10], [10, 20], [-30], [-30, -10], [9990, 20_000], [20, 10], [-20_000, 3.9]])
			expect(await file?.slice(start, end)).toEqual(BYTES.buffer.slice(start ?? 0, end));
	});

	test("what comes back is the caller's own", async () => {
		const { reader, writer } = opened.now;
		await writer.store.put("owned", BYTES);
		for (const options of [{}, { range: "0-" }]) (await reader.store.get("owned", options))?.fill(0);
		const file = await reader.store.openRandomAccess("owned");
		new Uint8Array((await file?.slice()) ?? []).fill(0);
		const stream = await reader.store.stream("owned");
		for await (const chunk of stream ?? []) chunk.fill(0);
		expect(await reader.store.get("owned")).toEqual(BYTES);
	});

	test("text and JSON that are none are CORRUPT, more than the limit TOO_LARGE", async () => {
		const { reader, writer } = opened.now;
		await writer.store.put("odd", Uint8Array.of(0x7b, 0xff));
		await writer.store.put("cut.json", '{"a": [1, 2');
		await writer.store.put("large", BYTES);
		const { store } = reader;
		await expect(store.get("odd", { as: "text" })).rejects.toMatchObject({ code: "CORRUPT", key: "odd" });
		await expect(store.get("cut.json", { as: "json" })).rejects.toMatchObject({ code: "CORRUPT", key: "cut.json" });
		expect(await store.get("large", { limit: 10_000 })).toEqual(BYTES);
		for (const options of [{}, { range: "0-" }, { range: "-9000" }, { range: "5-2000" }])
			await expect(store.get("large", { ...options, limit: 999 })).rejects.toMatchObject({
				code: "TOO_LARGE",
				message: expect.stringContaining("stream()"),
			});
		// A store that sends no ranges has to bring what lies before, too.
		const part = store.get("large", { range: "9500-", limit: 500 });
		if (reader.supports.ranges) expect(await part).toEqual(BYTES.slice(9500));
		else await expect(part).rejects.toMatchObject({ code: "TOO_LARGE" });
	});

	test("another version than the one asked for is CONFLICT", async () => {
		const { reader, writer } = opened.now;
		await writer.store.put("changing", "one");
		const ifMatch = (await reader.store.head("changing"))?.etag;
		await writer.store.put("changing", "another");
		const { store } = reader;
		await expect(store.get("changing", { ifMatch })).rejects.toMatchObject({ code: "CONFLICT" });
		await expect(store.stream("changing", { ifMatch })).rejects.toMatchObject({ code: "CONFLICT" });
		await expect(store.stream("changing", { ifMatch, range: "-2" })).rejects.toMatchObject({ code: "CONFLICT" });
	});

	test("an object replaced between two reads of one version is CONFLICT, as one that is deleted", async () => {
		const { reader, writer } = opened.now;
		for (const change of ["put", "delete"] as const) {
			await writer.store.put("moving", BYTES);
			const file = await reader.store.openRandomAccess("moving");
			const stream = (await reader.store.stream("moving", { chunkSize: 4000 }))?.getReader();
			expect((await stream?.read())?.value?.byteLength).toBe(4000);
			if (change === "put") await writer.store.put("moving", someBytes(10_001));
			else await writer.store.delete("moving");
			await expect(file?.slice(0, 10)).rejects.toMatchObject({ code: "CONFLICT", key: "moving" });
			// One chunk was read ahead, perhaps before the change.
			await expect(stream?.read().then(() => stream.read())).rejects.toMatchObject({ code: "CONFLICT" });
		}
	});
});
