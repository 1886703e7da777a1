import { formatObjectAddress, parseObjectAddress } from "tesserae";
import { describe, expect, test } from "vitest";

describe("addresses of objects", () => {
	test.each([
		["s3://bucket/a/b", "s3://bucket", "a/b"],
		["s3://bucket", "s3://bucket", ""],
		["s3://bucket/", "s3://bucket", ""],
		["s3://bucket/dir/", "s3://bucket", "dir/"],
		["ceph://bucket/a#b[0] %20", "ceph://bucket", "a#b[0] %20"],
		["S3://Bucket/a", "S3://Bucket", "a"],
		["prod:s3://bucket/a:b//c", "prod:s3://bucket", "a:b//c"],
		["prod:s3:///key", "prod:s3://", "key"],
		["file:./dir#a/b#1 %20[x]", "file:./dir", "a/b#1 %20[x]"],
		["file:./dir", "file:./dir", ""],
		["scan.sqlite#zarr.json", "scan.sqlite", "zarr.json"],
		["file:a%23b#c", "file:a#b", "c"],
		["ram:x#", "ram:x", ""],
		["https://host/a/b%20c.bin", "https://host/a", "b c.bin"],
		["https://host/a.bin?signed=%2Fx", "https://host/?signed=%2Fx", "a.bin"],
		["https://host/store#a/b", "https://host/store", "a/b"],
	])("%s", (text, target, key) => {
		const address = parseObjectAddress(text);
		expect(address).toEqual({ target, key });
		expect(parseObjectAddress(formatObjectAddress(address))).toEqual(address);
	});

	test.each(["", "#key", "https://", "https://host/a%zz"])("%j is none", (text) => {
		expect(() => parseObjectAddress(text)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
	});
});
