import { once } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { http } from "tesserae/backends/http";
import { afterEach, describe, expect, test } from "vitest";
import { pathOf, type Served, serve } from "./server.js";

const closing: Served[] = [];

afterEach(async () => {
	for (const server of closing.splice(0)) await server.close();
});

async function serving(listener: RequestListener): Promise<Served> {
	const server = await serve(listener);
	closing.push(server);
	return server;
}

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
const RANGES = [{ offset: 10, length: 20 }, { suffix: 5 }, { offset: 990, length: 100 }];
const PARTS = [BYTES.slice(10, 30), BYTES.slice(995), BYTES.slice(990)];

/** Answers a GET of a range of `bytes` as it should be, `headers` excepted. */
function range(response: ServerResponse, header: string | undefined, bytes: Uint8Array, headers: object = {}): void {
	const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
	const start = first === "" ? bytes.length - Number(last) : Number(first ?? 0);
	const end = first === "" || !last ? bytes.length : Math.min(bytes.length, Number(last) + 1);
	const told = header === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` };
	response.writeHead(header === undefined ? 200 : 206, { ...told, ...headers });
	response.end(bytes.subarray(start, end));
}

describe("a status code", () => {
	test.each([
		[401, "FORBIDDEN"],
		[403, "FORBIDDEN"],
		[408, "UNAVAILABLE"],
		[429, "UNAVAILABLE"],
		[500, "UNAVAILABLE"],
		[502, "UNAVAILABLE"],
		[503, "UNAVAILABLE"],
		[400, "UNSUPPORTED"],
		[405, "UNSUPPORTED"],
		[204, "UNSUPPORTED"],
		[206, "UNSUPPORTED"],
		[304, "UNSUPPORTED"],
	])("%i is %s, and says so with the key", async (status, code) => {
		const { url } = await serving((_, response) => response.writeHead(status).end());
		const backend = http({ url });
		const ranges = [{ offset: 0, length: 1 }];
		const expected = { code, key: "a/c/0", message: expect.stringContaining(String(status)) };
		await expect(backend.get("a/c/0")).rejects.toMatchObject(expected);
		if (status === 206) return;
		await expect(backend.get("a/c/0", { ranges })).rejects.toMatchObject(expected);
		if (status !== 405) await expect(backend.head("a/c/0")).rejects.toMatchObject(expected);
	});

	test.each([404, 410])("%i is absence", async (status) => {
		const { url } = await serving((_, response) => response.writeHead(status).end("<html>not here</html>"));
		const backend = http({ url });
		expect(await backend.get("a")).toBeUndefined();
		expect(await backend.get("a", { ranges: RANGES })).toBeUndefined();
		expect(await backend.head("a")).toBeUndefined();
	});

	test("403 is absence only where the caller says so", async () => {
		const { url } = await serving((_, response) => response.writeHead(403).end());
		expect(await http({ url, missing: [403] }).get("a")).toBeUndefined();
		await expect(http({ url }).get("a")).rejects.toMatchObject({
			code: "FORBIDDEN",
			message: expect.stringContaining("missing: [403]"),
		});
	});

	test("that was an error once is asked for again", async () => {
		let answered = 0;
		const { url } = await serving((_, response) => response.writeHead(answered++ === 0 ? 503 : 200).end("fine"));
		const backend = http({ url });
		await expect(backend.get("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
		expect((await backend.get("a"))?.size).toBe(4);
	});
});

describe("a body that ends early is an error, never short data", () => {
	test.each<[string, (response: ServerResponse) => void]>([
		["with a length", (response) => response.writeHead(200, { "content-length": 1000 })],
		["in chunks", (response) => response.writeHead(200)],
		["compressed", (response) => response.writeHead(200, { "content-length": 1000, "content-encoding": "gzip" })],
		["compressed, in chunks", (response) => response.writeHead(200, { "content-encoding": "gzip" })],
	])("%s", async (what, head) => {
		const { url } = await serving((_, response) => {
			head(response);
			const sent = what.startsWith("compressed") ? gzipSync(BYTES).subarray(0, 200) : BYTES.subarray(0, 500);
			response.write(sent, () => response.destroy());
		});
		const failure = { code: "UNAVAILABLE", key: "a", cause: expect.anything() };
		await expect(http({ url }).get("a")).rejects.toMatchObject(failure);
		await expect(http({ url }).get("a", { into: new Uint8Array(2000) })).rejects.toMatchObject(failure);
	});

	test("of a range", async () => {
		const { url } = await serving((_, response) => {
			response.writeHead(206, { "content-length": 20, "content-range": "bytes 10-29/1000" });
			response.write(BYTES.subarray(10, 20), () => response.destroy());
		});
		await expect(http({ url }).get("a", { ranges: RANGES })).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});

	test.each([
		["shorter", 500],
		["longer", 1500],
	])("where a fetch of one's own lets through what is %s than announced", async (_, length) => {
		const fetch = async () => new Response(new Uint8Array(length), { headers: { "content-length": "1000" } });
		await expect(http({ url: "http://localhost", fetch }).get("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});

	test("a length beyond all memory is announced, and little comes", async () => {
		const fetch = async () => new Response(new Uint8Array(9), { headers: { "content-length": String(2 ** 52) } });
		await expect(http({ url: "http://localhost", fetch }).get("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});
});

describe("ranges are right where the server", () => {
	test.each<[string, RequestListener]>([
		["sends ranges", ({ headers }, response) => range(response, headers.range, BYTES)],
		["ignores them", (_, response) => response.end(BYTES)],
		[
			"sends others than were asked for",
			({ headers }, response) => range(response, headers.range && "bytes=1-20", BYTES),
		],
		[
			"sends less than was asked for",
			({ headers }, response) => range(response, headers.range && "bytes=10-19", BYTES),
		],
		[
			"counts a suffix from the start",
			({ headers }, response) => range(response, headers.range?.replace("=-", "=0-"), BYTES),
		],
		[
			"does not say what it sends",
			({ headers, method }, response) => {
				if (method === "HEAD") return void response.writeHead(200, { "content-length": BYTES.length }).end();
				range(response, headers.range, BYTES, { "content-range": "" });
			},
		],
		[
			"does not say what it sends, and sends others",
			({ headers, method }, response) => {
				if (method === "HEAD") return void response.writeHead(200, { "content-length": BYTES.length }).end();
				range(response, headers.range && "bytes=3-10", BYTES, { "content-range": "" });
			},
		],
		[
			"sends several parts in one body",
			({ headers }, response) => {
				const headersOfParts = { "content-type": "multipart/byteranges; boundary=x", "content-range": "" };
				range(response, headers.range, BYTES, headers.range === undefined ? {} : headersOfParts);
			},
		],
		[
			"refuses them",
			({ headers }, response) =>
				headers.range === undefined ? response.end(BYTES) : response.writeHead(416, { "content-range": "" }).end(),
		],
		[
			"sends ranges of what it compressed",
			({ headers }, response) =>
				range(response, headers.range, new Uint8Array(gzipSync(BYTES)), { "content-encoding": "gzip" }),
		],
		[
			"compresses the whole object, whatever was asked for",
			(_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(BYTES)),
		],
		[
			"compresses for whoever takes it, with other ranges and entity tags",
			({ headers }, response) => {
				const takes = headers["accept-encoding"] === undefined || /gzip|\*/.test(headers["accept-encoding"]);
				const told = takes ? { "content-encoding": "gzip", etag: '"1-gzip"' } : { etag: '"1"' };
				range(response, headers.range, takes ? new Uint8Array(gzipSync(BYTES)) : BYTES, told);
			},
		],
	])("%s", async (_, listener) => {
		const { url } = await serving(listener);
		const backend = http({ url });
		for (let again = 0; again < 2; again++) {
			const found = await backend.get("a", { ranges: RANGES });
			expect(found?.parts).toEqual(PARTS);
			expect(found?.size).toBe(1000);
			for (const [i, part] of PARTS.entries())
				expect((await backend.get("a", { ranges: [RANGES[i] as (typeof RANGES)[0]] }))?.parts).toEqual([part]);
		}
		expect((await backend.get("a"))?.parts).toEqual([BYTES]);
		expect((await backend.head("a"))?.size).toBe(1000);
	});

	test("supports tells whether ranges come, once the server has shown it", async () => {
		const sends = http({ url: (await serving(({ headers }, response) => range(response, headers.range, BYTES))).url });
		const ignores = http({ url: (await serving((_, response) => response.end(BYTES))).url });
		for (const [backend, ranges] of [
			[sends, true],
			[ignores, false],
		] as const) {
			expect(backend.supports.ranges).toBeUndefined();
			await backend.get("a", { ranges: RANGES });
			expect(backend.supports.ranges).toBe(ranges);
		}
	});

	test("a server that ignores ranges is asked once for several, and no more is read than they need", async () => {
		let sent = 0;
		const { url, requests } = await serving(async (_, response) => {
			response.writeHead(200, { "content-length": 2 ** 30 });
			const piece = new Uint8Array(2 ** 20);
			for (let i = 0; i < 1024 && !response.destroyed; i++, sent += piece.length)
				if (!response.write(piece)) await Promise.race([once(response, "drain"), once(response, "close")]);
		});
		const ranges = [{ offset: 2 ** 20, length: 3 }, { offset: 5 }].map((r) => ({ ...r, length: 3 }));
		const found = await http({ url }).get("a", { ranges });
		expect([found?.size, found?.parts]).toEqual([2 ** 30, [new Uint8Array(3), new Uint8Array(3)]]);
		expect(requests.length).toBe(1);
		expect(sent).toBeLessThan(2 ** 28);
	});
});

describe("an object that changes", () => {
	/** The next version with every request that `counts`; version v is nothing but v. */
	function changing(headers: (v: number) => object, counts: (n: number) => boolean = () => true): RequestListener {
		let v = 0;
		let n = 0;
		return (request, response) => {
			if (counts(n++)) v++;
			range(response, request.headers.range, new Uint8Array(1000).fill(v), headers(v));
		};
	}

	test.each<[string, (v: number) => object]>([
		["a strong entity tag", (v) => ({ etag: `"${v}"` })],
		["a weak entity tag", (v) => ({ etag: `W/"${v}"` })],
		["its time", (v) => ({ "last-modified": new Date(v * 1000).toUTCString() })],
	])("with every request, told by %s: parts are of one version", async (_, headers) => {
		const { url } = await serving(changing(headers));
		const found = await http({ url }).get("a", { ranges: RANGES });
		const values = new Set(found?.parts.flatMap((part) => [...part]));
		expect(values.size).toBe(1);
		expect(found?.parts.map((part) => part.length)).toEqual(PARTS.map((part) => part.length));
	});

	test("once, between two ranges: they are asked for again", async () => {
		const { url, requests } = await serving(
			changing(
				(v) => ({ etag: `"${v}"` }),
				(n) => n === 1,
			),
		);
		const found = await http({ url }).get("a", { ranges: RANGES });
		expect(new Set(found?.parts.flatMap((part) => [...part]))).toEqual(new Set([1]));
		expect(requests.every(({ headers }) => headers.range !== undefined)).toBe(true);
	});

	test("is in CONFLICT with ifMatch, at once for the whole and for ranges", async () => {
		const { url } = await serving(changing((v) => ({ etag: `"${v}"` })));
		const backend = http({ url });
		const etag = (await backend.get("a"))?.etag;
		await expect(backend.get("a", { ifMatch: etag })).rejects.toMatchObject({ code: "CONFLICT", key: "a" });
		await expect(backend.get("a", { ifMatch: etag, ranges: RANGES })).rejects.toMatchObject({ code: "CONFLICT" });
	});

	test("and is deleted between two ranges is absent", async () => {
		let asked = 0;
		const { url } = await serving(({ headers }, response) =>
			asked++ === 0 ? range(response, headers.range, BYTES) : response.writeHead(404).end(),
		);
		expect(await http({ url }).get("a", { ranges: RANGES })).toBeUndefined();
	});

	test("while a cache on the way keeps the old version: asked past it, the new one comes", async () => {
		const { url } = await serving(({ headers }, response) => {
			const isFresh = headers["cache-control"] !== undefined;
			range(response, headers.range, BYTES, { etag: isFresh ? '"new"' : '"old"' });
		});
		expect((await http({ url }).get("a"))?.etag).toBe('"old"');
		expect((await http({ url }).get("a", { fresh: true }))?.etag).toBe('"new"');
		expect((await http({ url }).get("a", { ifMatch: '"new"' }))?.etag).toBe('"new"');
	});

	test("supports tells how far versions can be told apart", async () => {
		for (const [headers, strongEtags] of [
			[{ etag: '"1"' }, true],
			[{ etag: 'W/"1"' }, false],
			[{ etag: "1" }, false],
			[{}, false],
		] as const) {
			const { url } = await serving((_, response) => response.writeHead(200, headers).end("x"));
			const backend = http({ url });
			expect(backend.supports).toMatchObject({ strongEtags: undefined });
			await backend.get("a");
			expect(backend.supports).toMatchObject({ strongEtags });
		}
	});
});

describe("a server that", () => {
	test("hangs is left by the caller's signal, before the answer and in the middle of it", async () => {
		const { url } = await serving(({ url: path }, response) => {
			if (path === "/middle") response.writeHead(200, { "content-length": 1000 }).write(BYTES.subarray(0, 10));
		});
		const backend = http({ url });
		for (const key of ["before", "middle"])
			await expect(backend.get(key, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: "ABORTED" });
		await expect(backend.head("before", { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
			code: "ABORTED",
		});
	});

	test("is not there is UNAVAILABLE, and the message says why", async () => {
		const gone = await serve(() => {});
		await gone.close();
		await expect(http({ url: gone.url }).get("a")).rejects.toMatchObject({
			code: "UNAVAILABLE",
			message: expect.stringContaining("ECONNREFUSED"),
			cause: expect.any(TypeError),
		});
	});

	test("hangs up is UNAVAILABLE, not absence", async () => {
		const { url } = await serving(({ socket }) => socket.destroy());
		await expect(http({ url }).get("a")).rejects.toMatchObject({ code: "UNAVAILABLE", cause: expect.anything() });
		await expect(http({ url }).head("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});

	test("redirects is followed, ranges and all; one that never stops is UNAVAILABLE", async () => {
		const there = await serving(({ headers }, response) => range(response, headers.range, BYTES));
		const { url } = await serving((request, response) => {
			const location = pathOf(request) === "/round" ? "/round" : `${there.url}/moved`;
			response.writeHead(302, { location }).end();
		});
		expect((await http({ url }).get("a", { ranges: RANGES }))?.parts).toEqual(PARTS);
		expect((await http({ url }).head("a"))?.size).toBe(1000);
		await expect(http({ url }).get("round")).rejects.toMatchObject({ code: "UNAVAILABLE" });
	});
});
