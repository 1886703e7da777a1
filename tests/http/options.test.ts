import { connect } from "tesserae";
import { type HttpOptions, http, open } from "tesserae/backends/http";
import { expect, test } from "vitest";
import { serve } from "./server.js";

test.each<[string, Record<string, unknown>]>([
	["no URL", { url: "/data/scan.zarr" }],
	["another scheme", { url: "ftp://host/scan.zarr" }],
	["no host", { url: "http:scan.zarr" }],
	["no host after the slashes", { url: "https:///scan.zarr" }],
	["a port that is none", { url: "http://host:99999/scan.zarr" }],
	["a dataset", { url: "http://host/scan.zarr#data" }],
	["a password that is no escaped text", { url: "http://user:100%@host" }],
	["headers that are none", { url: "http://host", headers: { "not a name": "x" } }],
	["a header of several lines", { url: "http://host", headers: { a: "b\r\nc: d" } }],
	["a header of the backend's own", { url: "http://host", headers: { Range: "bytes=0-1" } }],
	["status codes that are no absence", { url: "http://host", missing: [200] }],
	["status codes that are no list", { url: "http://host", missing: 403 }],
	["a fetch that is no function", { url: "http://host", fetch: "fetch" }],
])("%s is refused", (_, options) => {
	expect(() => http(options as unknown as HttpOptions)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});

test("connect opens http:// and https://, as text and as URL, and refuses what is unknown", async () => {
	for (const target of ["http://host:8080/a b/", "https://host/a%20b?v=1", new URL("https://host")]) {
		const con = await connect(target);
		expect([con.backend.name, con.supports.write]).toEqual(["http", false]);
		await con.close();
	}
	expect((await connect("https://host/a b/")).backend.location).toBe("https://host/a%20b");
	expect((await connect("HTTPS://Host/")).backend.location).toBe("https://host");
	await expect(connect("http://host", { colour: 1 })).rejects.toMatchObject({
		code: "INVALID_ARGUMENT",
		message: expect.stringContaining("headers, missing, fetch"),
	});
	for (const target of ["http:host", "https:", "http://"])
		await expect(connect(target)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	expect(open("//host/x").location).toBe("http://host/x");
});

test("keys are escaped segment by segment, the query is kept, and headers go along", async () => {
	const { url, requests, close } = await serve((_, response) => response.end());
	const { host } = new URL(url);
	const backend = http({
		url: `http://us%20er:p%C3%A4ss@${host}/a%20b/?sig=x%2By&v=2`,
		headers: { "x-key": "1" },
	});
	await backend.get("scan/c/0/1");
	await backend.get("50% of #1/ä?/zarr.json");
	await backend.get("%2e%2e/[x]&=+");
	expect(requests.map(({ url: path }) => path)).toEqual([
		"/a%20b/scan/c/0/1?sig=x%2By&v=2",
		"/a%20b/50%25%20of%20%231/%C3%A4%3F/zarr.json?sig=x%2By&v=2",
		"/a%20b/%252e%252e/%5Bx%5D%26%3D%2B?sig=x%2By&v=2",
	]);
	expect(requests[0]?.headers).toMatchObject({
		"x-key": "1",
		authorization: `Basic ${Buffer.from("us er:päss").toString("base64")}`,
		"accept-encoding": "identity",
	});
	await expect(backend.get("a\ud800")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	await close();
});

test("what may be a secret is neither in the location nor in the spec", () => {
	const plain = http({ url: "https://host/scan/", missing: [403] });
	expect([plain.location, plain.spec?.options]).toEqual([
		"https://host/scan",
		{ url: "https://host/scan", missing: [403] },
	]);
	const signed = ["?sig=secret", "?sig=hidden"].map((query) => http({ url: `https://host/scan${query}` }));
	const others = [
		...signed,
		http({ url: "https://secret:x@host/scan" }),
		http({ url: "https://host/scan", headers: { authorization: "secret" } }),
	];
	for (const { location, spec, supports } of others) {
		expect(location).toContain("https://host/scan");
		expect(location).not.toMatch(/secret|hidden/);
		expect([spec, supports.sharedBetweenProcesses]).toEqual([undefined, false]);
	}
	expect(signed[0]?.location).not.toBe(signed[1]?.location);
});

test("fresh asks past caches; without it caches may answer", async () => {
	const { url, requests, close } = await serve((_, response) => response.end());
	const backend = http({ url });
	await backend.get("a");
	await backend.get("a", { fresh: true });
	const asked = requests.map(({ headers }) => headers["cache-control"]);
	expect(asked).toEqual([undefined, expect.stringMatching(/max-age=0|no-cache/)]);
	await close();
});

test("no request is made for what is refused", async () => {
	const { url, requests, close } = await serve((_, response) => response.end());
	const backend = http({ url });
	const bytes = new Uint8Array(1);
	for (const write of [
		() => backend.put("a", bytes),
		() => backend.commit([{ key: "a", bytes }]),
		() => backend.delete(["a"]),
		() => backend.compact(),
	])
		await expect(write()).rejects.toMatchObject({ code: "READ_ONLY" });
	for (const key of ["", "/a", "a/../b"])
		await expect(backend.get(key)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	await expect(backend.get("a", { ranges: [{ offset: -1 }] })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
	expect(requests).toEqual([]);
	await close();
});
