import { randomUUID } from "node:crypto";
import { open, ram } from "tesserae/backends/ram";
import { expect, test } from "vitest";

test("a name is shared until its last opener closes; without one the store is private", async () => {
	const [x, y] = [randomUUID(), randomUUID()];
	const [a, b, other, alone, lone] = [ram({ name: x }), open(x), ram({ name: y }), ram(), open("")];
	await a.put("key", new Uint8Array(3));
	expect((await b.get("key"))?.size).toBe(3);
	for (const backend of [other, alone, lone]) expect(await backend.get("key")).toBe(undefined);
	expect(new Set([a, b, other, alone, lone].map(({ location }) => location)).size).toBe(4);
	await a.close();
	await a.close();
	expect((await b.get("key"))?.size).toBe(3);
	await b.close();
	const again = ram({ name: x });
	expect(await again.get("key")).toBe(undefined);
});

test("reads bring the stored bytes themselves; bytes given away are stored without a copy", async () => {
	const backend = ram();
	const bytes = new Uint8Array(100);
	await backend.put("copied", bytes);
	await backend.put("owned", bytes, { owned: true });
	expect((await backend.get("copied"))?.parts[0]).not.toBe(bytes);
	expect((await backend.get("owned"))?.parts[0]).toBe(bytes);
	const part = (await backend.get("owned", { ranges: [{ offset: 10, length: 5 }] }))?.parts[0];
	expect(part?.buffer).toBe(bytes.buffer);
});

test("a part of a buffer that was given away does not keep the whole of it alive", async () => {
	const backend = ram();
	await backend.put("a", new Uint8Array(1 << 20).subarray(0, 8), { owned: true });
	expect((await backend.get("a"))?.parts[0]?.buffer.byteLength).toBe(8);
});

test("has no options", () => {
	expect(() => open("x", { durability: "none" })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});
