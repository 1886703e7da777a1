import type { Backend, ListEntry } from "tesserae";
import { ram } from "tesserae/backends/ram";
import { fault, limit, meter, prefix, readOnly, retry } from "tesserae/wrap";
import { expect, test } from "vitest";
import { PassThrough } from "../backends/pass-through.js";

class Endless extends PassThrough {
	ended = false;

	override async *list(start: string): AsyncGenerator<ListEntry> {
		try {
			for (let i = 0; ; i++) yield { kind: "object", key: `${start}${i}`, size: 0 };
		} finally {
			this.ended = true;
		}
	}
}

const WRAPPERS: Record<string, (backend: Backend) => Backend> = {
	readOnly,
	prefix: (backend) => prefix(backend, "a"),
	meter: (backend) => meter(backend).backend,
	limit,
	retry: (backend) => retry(backend),
	"retry with a timeout": (backend) => retry(backend, { attemptTimeout: 1000 }),
	fault,
};

test.each(Object.keys(WRAPPERS))("who leaves a listing of %s ends that of the store", async (name) => {
	const endless = new Endless(ram());
	const store = WRAPPERS[name]?.(endless) as Backend;
	for await (const { key } of store.list("x")) if (key === "x3") break;
	expect(endless.ended).toBe(true);
});
