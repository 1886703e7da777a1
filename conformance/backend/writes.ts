import type { Backend } from "../../src/backend.js";
import { check, equal, rejects, sameBytes } from "../expect.js";
import { type Clause, keysOf, only, pattern, text, textAt, writing } from "./store.js";

const BAD_KEYS = ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "./a", "a/./b", "a\0b", "/"];

/** No two are the same, also where `%20` is decoded, `+` is a space, or a query is cut off. */
const ODD_KEYS = [
	"a b",
	"a%20b",
	"a+b",
	"a?b",
	"a#b",
	"a&b=c",
	"ü/ñ",
	"日本/語",
	"😀",
	"[0]",
	"'q'",
	"(p)",
	"a,b;c",
	"@~!$*",
];

export const writes: readonly Clause[] = [
	writing("put replaces the whole object", async (backend, { prefix }) => {
		const key = `${prefix}a`;
		for (const size of [5000, 10, 100_000, 0, 70_000]) {
			await backend.put(key, pattern(size, size));
			sameBytes(only(await backend.get(key)), pattern(size, size), `${size} bytes`);
		}
	}),
	writing("the caller's buffer is its own again after put and commit", async (backend, { prefix }) => {
		for (const size of [64, 200_000]) {
			const buffer = pattern(size + 20);
			const bytes = buffer.subarray(10, size + 10);
			await backend.put(`${prefix}put`, bytes);
			await backend.commit([{ key: `${prefix}commit`, bytes }]);
			buffer.fill(0);
			for (const name of ["put", "commit"])
				sameBytes(only(await backend.get(prefix + name)), pattern(size + 20).subarray(10, size + 10), name);
		}
	}),
	writing(
		"bytes given away are stored, and what lies beside them in memory is not touched",
		async (backend, { prefix }) => {
			const bytes = pattern(500, 4);
			await backend.put(`${prefix}whole`, bytes, { owned: true });
			const buffer = pattern(500, 4);
			await backend.put(`${prefix}part`, buffer.subarray(100, 200), { owned: true });
			buffer.fill(0, 0, 100).fill(0, 200);
			sameBytes(only(await backend.get(`${prefix}whole`)), pattern(500, 4), "the whole buffer");
			sameBytes(only(await backend.get(`${prefix}part`)), pattern(500, 4).subarray(100, 200), "a part of a buffer");
		},
	),
	writing("bytes in shared memory are stored as they are at the call", async (backend, { prefix }) => {
		if (typeof SharedArrayBuffer === "undefined") return;
		for (const size of [64, 200_000]) {
			const bytes = new Uint8Array(new SharedArrayBuffer(size));
			bytes.set(pattern(size));
			await backend.put(`${prefix}a`, bytes);
			bytes.fill(0);
			sameBytes(only(await backend.get(`${prefix}a`)), pattern(size), `${size} bytes`);
		}
	}),
	writing("what was written or deleted is seen at once", async (backend, { prefix }) => {
		const key = `${prefix}dir/a`;
		for (let i = 0; i < 20; i++) {
			const etag = await backend.put(key, text(`version ${i}`));
			equal(await textAt(backend, key), `version ${i}`, "get after put");
			equal((await backend.head(key))?.etag, etag, "head after put");
			equal(await keysOf(backend, prefix), [key], "list after put");
			if (i % 3 > 0) continue;
			await backend.delete([key]);
			equal([await textAt(backend, key), await backend.head(key)], [undefined, undefined], "get and head after delete");
			equal(await keysOf(backend, prefix), [], "list after delete");
		}
	}),
	{
		name: "a key that could leave the store is refused by every method",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}a`, text("a"));
			for (const key of BAD_KEYS)
				for (const [method, call] of Object.entries(callsWith(backend, key)))
					await rejects(call, "INVALID_ARGUMENT", `${method} of ${JSON.stringify(key)}`);
			equal(await textAt(backend, `${prefix}a`), "a", "what was stored before");
		},
	},
	writing("nothing of a commit or delete happens where one of its keys is refused", async (backend, { prefix }) => {
		const key = `${prefix}a`;
		await backend.put(key, text("old"));
		const bytes = text("new");
		await rejects(
			() =>
				backend.commit([
					{ key, bytes },
					{ key: "../b", bytes },
				]),
			"INVALID_ARGUMENT",
			"commit",
		);
		await rejects(() => backend.delete([key, "../b"]), "INVALID_ARGUMENT", "delete");
		equal(await textAt(backend, key), "old", "the object with a good key");
	}),
	{
		name: "keys of unusual characters are kept apart",
		async check({ backend, writer, prefix }) {
			for (const name of ODD_KEYS) await writer.put(prefix + name, text(name));
			for (const name of ODD_KEYS) equal(await textAt(backend, prefix + name), name, name);
			if (!backend.supports.list) return;
			equal(await keysOf(backend, prefix), ODD_KEYS.map((name) => prefix + name).sort(), "list");
		},
	},
	writing(
		"delete removes what it names and nothing else; what is not there is no error",
		async (backend, { prefix }) => {
			const names = ["a", "ab", "d/1", "d/10", "d/e/f", "d2"];
			for (const name of names) await backend.put(prefix + name, text(name));
			await backend.delete(["a", "d/1", "d/e/f", "missing", "d/missing", "m/n/o"].map((name) => prefix + name));
			await backend.delete([]);
			for (const name of names)
				equal(await textAt(backend, prefix + name), ["ab", "d/10", "d2"].includes(name) ? name : undefined, name);
		},
	),
	writing("a key whose directory was emptied can be written again", async (backend, { prefix }) => {
		for (let i = 0; i < 5; i++) {
			await backend.put(`${prefix}d/e/f`, text(`${i}`));
			equal(await textAt(backend, `${prefix}d/e/f`), `${i}`, "get");
			await backend.delete([`${prefix}d/e/f`]);
		}
		const rivals = [1, 2, 3, 4].map(async (n) => {
			for (let i = 0; i < 25; i++) {
				await backend.put(`${prefix}d/e/${n}`, text("x"));
				await backend.delete([`${prefix}d/e/${n}`]);
			}
		});
		await Promise.all(rivals);
		await backend.put(`${prefix}d`, text("no directory any more"));
	}),
	writing("equal etags of a key mean equal bytes", async (backend, { prefix }) => {
		const key = `${prefix}a`;
		const contents = new Map<string, string>();
		for (let i = 0; i < 60; i++) {
			const content = String(i % 7);
			const etag = await backend.put(key, text(content));
			check(
				(contents.get(etag) ?? content) === content,
				`etag ${etag} names two contents, ${contents.get(etag)} and ${content}`,
			);
			contents.set(etag, content);
			equal((await backend.get(key))?.etag, etag, "the etag that get tells is the one that put told");
			if (i % 5 === 0) await backend.delete([key]);
		}
	}),
	{
		name: "a store that is read only refuses every write with READ_ONLY",
		async check({ backend, writer, prefix }) {
			if (backend.supports.write) return;
			const key = `${prefix}a`;
			const etag = await writer.put(key, text("old"));
			const bytes = text("new");
			await rejects(() => backend.put(key, bytes), "READ_ONLY", "put");
			await rejects(() => backend.put(key, bytes, { when: { etag } }), "READ_ONLY", "put with a precondition");
			await rejects(() => backend.commit([{ key, bytes }]), "READ_ONLY", "commit");
			await rejects(() => backend.delete([key]), "READ_ONLY", "delete");
			equal(await textAt(backend, key), "old", "the object");
		},
	},
];

function callsWith(backend: Backend, key: string): Record<string, () => Promise<unknown>> {
	const bytes = text("x");
	return {
		get: () => backend.get(key),
		head: () => backend.head(key),
		put: () => backend.put(key, bytes),
		commit: () => backend.commit([{ key, bytes }]),
		delete: () => backend.delete([key]),
	};
}
