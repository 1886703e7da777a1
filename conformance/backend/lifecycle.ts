import type { Backend, Capabilities } from "../../src/backend.js";
import { check, equal, rejects } from "../expect.js";
import { type Clause, entriesOf, keysOf, text, textAt, writing } from "./store.js";

export const lifecycle: readonly Clause[] = [
	{
		name: "a cancelled call fails with ABORTED",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}a`, text("old"));
			const signal = AbortSignal.abort();
			for (const [method, call] of Object.entries(everyCall(backend, `${prefix}a`, signal)))
				await rejects(call, "ABORTED", method);
		},
	},
	writing("a write that was cancelled before it began does not happen", async (backend, { prefix }) => {
		const key = `${prefix}a`;
		await backend.put(key, text("old"));
		const signal = AbortSignal.abort();
		await rejects(() => backend.put(key, text("new"), { signal }), "ABORTED", "put");
		await rejects(() => backend.commit([{ key, bytes: text("new") }], { signal }), "ABORTED", "commit");
		await rejects(() => backend.delete([key], { signal }), "ABORTED", "delete");
		equal(await textAt(backend, key), "old", "the object");
	}),
	{
		name: "a listing that is cancelled on the way fails with ABORTED",
		async check({ backend, writer, prefix }) {
			if (!backend.supports.list) return;
			for (let i = 0; i < 5; i++) await writer.put(`${prefix}${i}`, text("x"));
			const controller = new AbortController();
			const list = async (): Promise<void> => {
				for await (const _ of backend.list(prefix, { signal: controller.signal })) controller.abort();
			};
			await rejects(list, "ABORTED", "list");
		},
	},
	{
		name: "after close every method fails with CLOSED, and close may be called again",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}a`, text("a"));
			await backend.close();
			await backend.close();
			for (const [method, call] of Object.entries(everyCall(backend, `${prefix}a`)))
				await rejects(call, "CLOSED", method);
		},
	},
	{
		name: "a second backend over the same place has the same location and the same objects",
		async check({ backend, writer, reopen, prefix }) {
			const other = await reopen?.();
			if (other === undefined) return;
			try {
				equal(other.location, backend.location, "location");
				await writer.put(`${prefix}a`, text("here"));
				equal(await textAt(other, `${prefix}a`), "here", "what the first wrote");
				await writer.delete([`${prefix}a`]);
				equal(await textAt(other, `${prefix}a`), undefined, "what the first deleted");
			} finally {
				await other.close();
			}
		},
	},
	writing("closing one backend leaves others over the same place open", async (backend, { reopen, prefix }) => {
		const other = await reopen?.();
		if (other === undefined) return;
		await other.put(`${prefix}a`, text("a"));
		await other.close();
		equal(await textAt(backend, `${prefix}a`), "a", "what the closed one wrote");
		await backend.put(`${prefix}a`, text("b"));
		equal(await textAt(backend, `${prefix}a`), "b", "what is written after that");
	}),
	writing("where the store is persistent it outlives its backends", async (backend, { reopen, prefix }) => {
		if (!backend.supports.persistent || reopen === undefined) return;
		const etag = await backend.put(`${prefix}a`, text("kept"));
		await backend.close();
		const other = await reopen();
		try {
			equal(
				[await textAt(other, `${prefix}a`), (await other.head(`${prefix}a`))?.etag],
				["kept", etag],
				"content and etag",
			);
		} finally {
			await other.close();
		}
	}),
	{
		name: "probe leaves nothing undefined, nothing behind, and agrees with supports",
		async check({ backend, writer, prefix }) {
			await writer.put(`${prefix}a`, text("a"));
			const before = backend.supports.list ? await keysOf(backend, "") : [];
			const known = definedOf(backend.supports);
			const probed = await backend.probe();
			for (const [name, value] of Object.entries(probed)) equal(typeof value, "boolean", `type of ${name} after probe`);
			equal(definedOf({ ...probed, ...known }), definedOf(probed), "what was known before");
			equal(definedOf(backend.supports), definedOf(probed), "supports after probe");
			if (backend.supports.list) equal(await keysOf(backend, ""), before, "keys after probe");
		},
	},
	writing("compact changes no object, and usage tells whole numbers of bytes", async (backend, { prefix }) => {
		for (const name of ["a", "b"]) await backend.put(prefix + name, text(name));
		const etag = (await backend.head(`${prefix}a`))?.etag;
		await backend.delete([`${prefix}b`]);
		await backend.compact();
		equal(await textAt(backend, `${prefix}a`), "a", "what was kept");
		equal((await backend.head(`${prefix}a`))?.etag, etag, "its etag");
		equal(await textAt(backend, `${prefix}b`), undefined, "what was deleted");
		for (const [name, value] of Object.entries(await backend.usage()))
			check(value === undefined || (Number.isSafeInteger(value) && value >= 0), `${name} is ${value}`);
	}),
	{
		name: "spec opens the same store; without one the store belongs to this process",
		async check({ backend, writer, prefix }) {
			const { spec } = backend;
			if (spec === undefined)
				return check(!backend.supports.sharedBetweenProcesses, "what other processes can open has a spec");
			await writer.put(`${prefix}a`, text("a"));
			const { module, factory, options } = structuredClone(spec);
			const exported = (await import(module)) as Record<string, (options: unknown) => Backend | Promise<Backend>>;
			const other = await exported[factory]?.(options);
			check(other !== undefined, `${module} exports ${factory}`);
			try {
				equal(await textAt(other, `${prefix}a`), "a", "an object read through it");
				equal(other.location, backend.location, "location");
			} finally {
				await other.close();
			}
		},
	},
];

/** Members in a fixed order, undefined ones left out. */
function definedOf(supports: Capabilities): Record<string, boolean> {
	const known = Object.entries(supports).filter(([, value]) => value !== undefined);
	return Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes only where the backend writes: elsewhere these may be refused for that. */
function everyCall(backend: Backend, key: string, signal?: AbortSignal): Record<string, () => Promise<unknown>> {
	const options = { signal };
	return {
		get: () => backend.get(key, options),
		head: () => backend.head(key, options),
		...(backend.supports.list ? { list: () => entriesOf(backend, key, options) } : {}),
		probe: () => backend.probe(options),
		usage: () => backend.usage(options),
		compact: () => backend.compact(options),
		put: () => backend.put(key, text("new"), options),
		commit: () => backend.commit([{ key, bytes: text("new") }], options),
		delete: () => backend.delete([key], options),
	};
}
