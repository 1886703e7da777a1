import { randomUUID } from "node:crypto";
import type { Backend } from "../../src/backend.js";
import { isStoreError } from "../../src/errors.js";
import { attempt, type Check } from "./machine-checks.js";
import type { Shell } from "./shell.js";
import { bytesText } from "./sizes.js";

/** Opens a store and asks what it can do; with `write` also writes, reads and deletes an object of its own. */
export async function checkTarget(shell: Shell, target: string, write: boolean): Promise<Check[]> {
	let backend: Backend | undefined;
	const opened = await attempt("target", "", async () => {
		const connection = await shell.open(target, write ? "a" : "r");
		backend = connection.backend;
		await backend.head("zarr.json");
		return `${backend.location} can be read`;
	});
	if (backend === undefined || opened.state === "broken") return [opened];
	const { supports } = write ? { supports: await backend.probe() } : await shell.open(target, "r+");
	const [store, lacks] = [backend, Object.entries(supports).flatMap(([name, able]) => (able === false ? [name] : []))];
	const abilities: Check = {
		name: "abilities",
		state: "ok",
		text: lacks.length === 0 ? "all" : `all but ${lacks.join(", ")}`,
	};
	if (!write) return [opened, abilities];
	return [opened, abilities, await attempt("writing", "", () => writeAndDelete(store))];
}

const SIZE = 2 ** 20;

/** Leaves no object behind. @returns how fast it was */
async function writeAndDelete(backend: Backend): Promise<string> {
	const key = `doctor-${randomUUID()}`;
	const bytes = crypto.getRandomValues(new Uint8Array(SIZE).subarray(0, 65536));
	const sent = new Uint8Array(SIZE);
	for (let at = 0; at < SIZE; at += bytes.length) sent.set(bytes, at);
	try {
		const began = performance.now();
		const etag = await backend.put(key, sent, backend.supports.createIfAbsent ? { when: { absent: true } } : {});
		const written = performance.now();
		const read = await backend.get(key, { fresh: true });
		const ended = performance.now();
		if (read === undefined || Buffer.compare(read.parts[0] as Uint8Array, sent) !== 0)
			throw new Error("what was read is not what was written");
		if (backend.supports.compareAndSwap) await checkConditions(backend, key, etag);
		const rate = (milliseconds: number): string => `${bytesText((SIZE * 1000) / milliseconds)}/s`;
		return `1 MiB written at ${rate(written - began)}, read at ${rate(ended - written)}`;
	} finally {
		await backend.delete([key]);
	}
}

/** A write on the condition of an older version must be refused. */
async function checkConditions(backend: Backend, key: string, etag: string): Promise<void> {
	await backend.put(key, new Uint8Array(1), { when: { etag } });
	try {
		await backend.put(key, new Uint8Array(2), { when: { etag } });
	} catch (error) {
		if (isStoreError(error, "CONFLICT")) return;
		throw error;
	}
	throw new Error("compare-and-swap does not work: an older version was accepted, so that updates can be lost");
}
