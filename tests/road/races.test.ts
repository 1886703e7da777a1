import { once } from "node:events";
import { connect, type Dataset } from "tesserae";
import { afterEach, describe, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { firstOutputOf, killAll, outputOf, start } from "./children.js";

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
	await killAll();
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function directory(): Promise<Scratch> {
	const place = await scratch();
	cleanUps.push(place.remove);
	return place;
}

async function created(target: string, shape: readonly number[]): Promise<Dataset<"int32">> {
	const con = await connect(target, target === "ram:" ? {} : { durability: "none" });
	cleanUps.push(() => con.close());
	return con.createDataset("a", { shape, dtype: "int32", chunkShape: shape, codecs: ["bytes"] });
}

const TARGETS: Record<string, () => Promise<string>> = {
	ram: async () => "ram:",
	file: async () => `file:${(await directory()).path}`,
};

/** 1, 2, 3, …: what all writers together have written. */
function everything(count: number): number[] {
	return Array.from({ length: count }, (_, i) => i + 1);
}

describe.each(Object.entries(TARGETS))("%s", (_, target) => {
	test("8 writers × 200 writes to disjoint parts of one chunk: nothing is lost", async () => {
		const ds = await created(await target(), [8, 200]);
		const writeRow = async (row: number): Promise<void> => {
			for (let i = 0; i < 200; i++) await ds.set([row, i], row * 200 + i + 1);
		};
		await Promise.all(Array.from({ length: 8 }, (_, row) => writeRow(row)));
		expect([...(await ds.get()).data]).toEqual(everything(1600));
	});

	test("writers of the whole chunk and of parts of it can be put in one order", async () => {
		const ds = await created(await target(), [16]);
		const history = new History();
		const whole = async (): Promise<void> => {
			for (let i = 0; i < 60; i++) await history.record("whole", (value) => ds.set("...", value));
		};
		const element = async (at: number): Promise<void> => {
			for (let i = 0; i < 90; i++) await history.record(at, (value) => ds.set([at], value));
		};
		await Promise.all([whole(), whole(), whole(), ...[0, 1, 2, 3, 4].map(element)]);
		history.explains([...(await ds.get()).data], 5);
	});
});

interface Operation {
	readonly what: number | "whole";
	readonly value: number;
	readonly began: number;
	ended: number;
}

/** Who wrote what and when, by a clock that ticks with every event. */
class History {
	#clock = 0;
	readonly #operations: Operation[] = [];

	async record(what: Operation["what"], write: (value: number) => Promise<void>): Promise<void> {
		const operation = { what, value: this.#operations.length + 1, began: ++this.#clock, ended: 0 };
		this.#operations.push(operation);
		await write(operation.value);
		operation.ended = ++this.#clock;
	}

	#of(what: Operation["what"]): Operation[] {
		return this.#operations.filter((operation) => operation.what === what);
	}

	/** What is left must be what some order of the operations leaves that keeps those apart that did not overlap. */
	explains(left: readonly number[], elements: number): void {
		const wholes = this.#of("whole");
		const background = left.slice(elements);
		expect(new Set(background).size).toBe(1);
		const whole = wholes.find(({ value }) => value === background[0]) as Operation;
		expect(whole, "what is left was written by a whole write").toBeDefined();
		expect(
			wholes.filter(({ began }) => began > whole.ended),
			"whole writes after the last one",
		).toEqual([]);
		for (let at = 0; at < elements; at++) {
			const last = this.#of(at).at(-1) as Operation;
			const kept = left[at] === last.value;
			if (kept) expect(whole.began, `element ${at} is older than the whole write`).toBeLessThan(last.ended);
			else expect([left[at], whole.ended > last.began], `element ${at}`).toEqual([whole.value, true]);
		}
	}
}

test("4 processes × 8 writers × 200 writes to one chunk: nothing is lost", async () => {
	const target = `file:${(await directory()).path}`;
	const ds = await created(target, [32, 200]);
	const children = [0, 8, 16, 24].map((first) => start("write-rows", [target, first, 8, 200]));
	await Promise.all(children.map(firstOutputOf));
	const ended = children.map(outputOf);
	for (const child of children) child.stdin?.write("go\n");
	await Promise.all(ended);
	expect([...(await ds.get()).data]).toEqual(everything(6400));
});

test("Ctrl-C during a long read over a store that never waits is seen at once, and ends the read", async () => {
	const child = start("long-read");
	expect(await firstOutputOf(child)).toBe("reading\n");
	const sent = Date.now();
	child.kill("SIGINT");
	const [piece] = await once(child.stdout as NonNullable<typeof child.stdout>, "data");
	const { ended, seen, over } = JSON.parse(String(piece));
	expect(ended).toBe("ABORTED");
	expect(seen - sent, "ms until the handler ran").toBeLessThan(250);
	expect(over - seen, "ms from the handler to the end of the read").toBeLessThan(100);
});
