import { ram } from "tesserae/backends/ram";
import { expect, test } from "vitest";
import { meter } from "../../dist/src/wrap/meter.js";

const NONE = { operations: 0, errors: 0, bytesRead: 0, bytesWritten: 0 };

test("counts calls, failures and the bytes that were moved", async () => {
	const { backend, snapshot } = meter(ram());
	expect(snapshot()).toMatchObject({ ...NONE, cacheHits: 0, cacheMisses: 0 });
	const etag = await backend.put("a", new Uint8Array(100));
	await backend.put("a", new Uint8Array(50), { when: { etag } });
	await expect(backend.put("a", new Uint8Array(7), { when: { etag } })).rejects.toMatchObject({ code: "CONFLICT" });
	await backend.commit([
		{ key: "b", bytes: new Uint8Array(10) },
		{ key: "c", bytes: undefined },
	]);
	await backend.get("a");
	await backend.get("a", { ranges: [{ suffix: 4 }, { offset: 48 }] });
	await backend.get("absent");
	await backend.head("a");
	for await (const { key } of backend.list("")) expect(["a", "b"]).toContain(key);
	await backend.delete(["a", "b"]);
	const { byOperation, ...total } = snapshot();
	expect(total).toEqual({ operations: 10, errors: 1, bytesRead: 56, bytesWritten: 160, cacheHits: 0, cacheMisses: 0 });
	expect(byOperation).toEqual({
		get: { ...NONE, operations: 3, bytesRead: 56 },
		head: { ...NONE, operations: 1 },
		put: { ...NONE, operations: 3, errors: 1, bytesWritten: 150 },
		commit: { ...NONE, operations: 1, bytesWritten: 10 },
		delete: { ...NONE, operations: 1 },
		list: { ...NONE, operations: 1 },
		probe: NONE,
	});
});

test("a snapshot is of its moment", async () => {
	const { backend, snapshot } = meter(ram());
	const before = snapshot();
	await backend.put("a", new Uint8Array(1));
	expect(before.byOperation.put.operations).toBe(0);
});

test("counts a listing that fails", async () => {
	const { backend, snapshot } = meter(ram());
	const list = async (): Promise<void> => {
		for await (const _ of backend.list("", { signal: AbortSignal.abort() }));
	};
	await expect(list()).rejects.toMatchObject({ code: "ABORTED" });
	expect(snapshot().byOperation.list).toEqual({ ...NONE, operations: 1, errors: 1 });
});
