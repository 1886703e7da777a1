import { connect } from "../../src/connect.js";
import type { Connection } from "../../src/connection.js";
import type { ConnectOptions } from "../../src/connection-options.js";
import type { Progress } from "../../src/engine.js";
import { check, equal, rejects } from "../expect.js";
import { nextTurn, timeWorked } from "../time.js";
import { counting, sameValues } from "./arrays.js";
import { Delegating } from "./delegating.js";
import { always, type Clause, keysOf, lists, partial, type Requests, requestsOf, where } from "./fixture.js";
import { addOne, endless } from "./kernels.js";
import { Failing, Gate, through } from "./stores.js";

const TEN = { data: counting([10]), chunkShape: [1] };

export const lifecycle: readonly Clause[] = [
	always("mode r refuses every write with READ_ONLY before any request, and reads", async (con) => {
		await con.createDataset("g/a", { data: counting([4]), chunkShape: [2] });
		const reader = await through(con, con.backend, { mode: "r" });
		const ds = await reader.getDataset("g/a");
		const group = await reader.group("g");
		const calls = {
			set: () => ds.set("...", 1),
			"set of a part": () => ds.set([0], 1),
			setPoints: () => ds.setPoints([[0]], 1),
			load: () => ds.load(1),
			apply: () => ds.apply(addOne),
			map: () => ds.map(addOne, "b"),
			clone: () => ds.clone("b", { data: true }),
			resize: () => ds.resize([2]),
			append: () => ds.append([1]),
			setAttributes: () => ds.setAttributes({ a: 1 }),
			clear: () => ds.clear(),
			delete: () => ds.delete(),
			createChunk: () => ds.createChunk([0]),
			deleteChunk: () => ds.deleteChunk([0]),
			createDataset: () => reader.createDataset("b", { data: [1] }),
			deleteDataset: () => reader.deleteDataset("g/a"),
			createGroup: () => reader.createGroup("h"),
			deleteGroup: () => reader.deleteGroup("g"),
			"setAttributes of a group": () => group.setAttributes({ a: 1 }),
		};
		for (const [name, call] of Object.entries(calls)) {
			const asked = await requestsOf(con, () => rejects(call, "READ_ONLY", name));
			equal(sumOf(asked), 0, `requests of ${name}`);
		}
		sameValues(await ds.get(), counting([4]), "values");
	}),
	where(lists, "modes r and r+ need a store, a creates nothing before it is written to", async (con) => {
		for (const mode of ["r", "r+"] as const)
			await rejects(() => through(con, new Delegating(con.backend), { mode }), "NOT_FOUND", `mode ${mode}`);
		equal(await con.hasDataset("a"), false, "hasDataset");
		await rejects(() => con.createDataset("a", { data: [1, "x"] as never }), "INVALID_ARGUMENT", "bad values");
		equal(await keysOf(con), [], "objects");
		await con.createDataset("a", { data: [1] });
		const writer = await through(con, con.backend, { mode: "r+" });
		await (await writer.getDataset("a")).set("...", 2);
		equal(await (await con.getDataset("a")).at(0), 2, "value");
	}),
	always("unknown and impossible options are refused", async (con) => {
		const bad = [{ colour: 1 }, { mode: "w" }, { concurrency: 0 }, { concurrency: 4, metadataConcurrency: 2 }];
		for (const options of [...bad, { memory: "lots" }, { engine: "steam" }, { writeSafety: "none" }])
			await rejects(() => connect(con.backend, options as never), "INVALID_ARGUMENT", JSON.stringify(options));
		const shape = { shape: [2], dtype: "int8" };
		const wrong = [
			{ ...shape, colour: 1 },
			{ ...shape, ifExists: "maybe" },
			{ shape: [2] },
			{},
			{ ...shape, shape: [-1] },
		];
		for (const options of [
			...wrong,
			{ ...shape, chunkShape: [0] },
			{ ...shape, chunkShape: [1, 1] },
			{ ...shape, fillValue: 300 },
		])
			await rejects(() => con.createDataset("a", options as never), "INVALID_ARGUMENT", JSON.stringify(options));
		await rejects(() => con.createDataset("a", { ...shape, dtype: "int7" as never } as never), "UNSUPPORTED", "int7");
		await rejects(() => con.createDataset("a", { ...shape, codecs: ["steam"] } as never), "UNSUPPORTED", "codec");
		equal(await con.hasDataset("a"), false, "a dataset");
	}),
	always("a closed connection refuses every call with CLOSED", async (con) => {
		const ds = await con.createDataset("a", TEN);
		const group = await con.createGroup("g");
		await con.close();
		await con.close();
		const calls = [
			() => ds.get(),
			() => ds.set("...", 1),
			() => ds.points([[0]]),
			() => ds.append([1]),
			() => ds.map(addOne, "b"),
			() => ds.clear(),
			() => ds.hasChunk([0]),
			() => con.getDataset("a"),
			() => con.createDataset("b", { data: [1] }),
			() => con.hasDataset("a"),
			() => con.group("g"),
			() => group.setAttributes({}),
			() => con.datasets().next(),
			() => ds.blocks().next(),
			() => ds.chunks({ stored: true }).next(),
		];
		for (const call of calls) await rejects(call, "CLOSED", String(call));
	}),
	always("close waits for running calls", async (con) => {
		await con.createDataset("a", TEN);
		const gate = new Gate(con.backend);
		const other = await through(con, gate);
		const reading = (await other.getDataset("a")).get();
		await gate.arrivals(1);
		const ended: string[] = [];
		const closing = other.close().then(() => ended.push("close"));
		await rejects(() => other.hasDataset("a"), "CLOSED", "a new call");
		gate.open();
		await reading.then(() => ended.push("get"));
		await closing;
		equal(ended, ["get", "close"], "what ended, in order");
	}),
	always("close lets a call of several steps end", async (con) => {
		await con.createDataset("a", TEN);
		const steps: readonly [name: string, (other: Connection) => Promise<unknown>][] = [
			["map", async (other) => (await other.getDataset("a")).map(addOne, "map")],
			["clone", async (other) => (await other.getDataset("a")).clone("clone", { data: true })],
			["create", async (other) => other.createDataset("create", { data: await other.getDataset("a") })],
		];
		for (const [name, call] of steps) {
			const gate = new Gate(con.backend);
			const other = await through(con, gate);
			const running = call(other);
			await gate.arrivals(1);
			const closing = other.close();
			gate.open();
			await running;
			await closing;
			const wanted = counting([10]).data.map((value) => value + (name === "map" ? 1 : 0));
			sameValues(await (await con.getDataset(name)).get(), { data: wanted, shape: [10] }, name);
		}
	}),
	always("close with abort cancels running calls, also where another close waits", async (con) => {
		await con.createDataset("a", TEN);
		for (const waitsFirst of [false, true]) {
			const gate = new Gate(con.backend);
			const other = await through(con, gate);
			const reading = (await other.getDataset("a")).get();
			const refused = rejects(() => reading, "ABORTED", "get");
			await gate.arrivals(1);
			const closing = waitsFirst ? other.close() : undefined;
			await other.close({ abort: true });
			await closing;
			await refused;
		}
	}),
	always("a signal cancels a call before it begins and while it runs", async (con) => {
		const ds = await con.createDataset("a", TEN);
		const done = AbortSignal.abort();
		const asked = await requestsOf(con, async () => {
			await rejects(() => ds.get("...", { signal: done }), "ABORTED", "get");
			await rejects(() => ds.set("...", 0, { signal: done }), "ABORTED", "set");
			await rejects(() => con.getDataset("a", { signal: done }), "ABORTED", "getDataset");
		});
		equal(sumOf(asked), 0, "requests");
		const gate = new Gate(con.backend);
		const slow = await (await through(con, gate, { concurrency: 3 })).getDataset("a");
		const controller = new AbortController();
		const refused = rejects(() => slow.get("...", { signal: controller.signal }), "ABORTED", "get");
		await gate.arrivals(3);
		controller.abort();
		await refused;
		equal([gate.begun, gate.cancelled, gate.waiting], [3, 3, 0], "begun, cancelled, waiting");
		sameValues(await ds.get(), counting([10]), "values");
	}),
	where(lists, "a map that is cancelled leaves no output", async (con) => {
		const ds = await con.createDataset("a", TEN);
		const before = await keysOf(con);
		const controller = new AbortController();
		const onProgress = ({ done }: Progress): void => (done === 3 ? controller.abort() : undefined);
		const options = { signal: controller.signal, onProgress };
		await rejects(() => ds.map(addOne, "b", options), "ABORTED", "map");
		equal(await keysOf(con), before, "objects");
		const gate = new Gate(con.backend);
		const other = await through(con, gate);
		const refused = rejects(async () => (await other.getDataset("a")).map(addOne, "b"), "ABORTED", "map");
		await gate.arrivals(1);
		await other.close({ abort: true });
		await refused;
		equal(await keysOf(con), before, "objects after close");
	}),
	partial("a kernel that never ends does not hold up a call that is cancelled", async (con) => {
		const ds = await con.createDataset("a", TEN);
		const other = await through(con, con.backend, { timeout: 100 });
		const slow = await other.getDataset("a");
		await rejects(() => slow.map(endless, "b"), "TIMEOUT", "map");
		await rejects(() => slow.apply(endless), "TIMEOUT", "apply");
		equal(await con.hasDataset("b"), false, "an output");
		await ds.set([0], 5);
		equal(await ds.at(0), 5, "a write to a chunk whose kernel was given up");
	}),
	always("a call that takes longer than the timeout is TIMEOUT", async (con) => {
		await con.createDataset("a", TEN);
		const gate = new Gate(con.backend);
		const other = await through(con, gate, { timeout: 150 });
		const ds = await other.getDataset("a");
		await rejects(() => ds.get(), "TIMEOUT", "get");
	}),
	partial("progress rises to its total, once per chunk", async (con) => {
		const ds = await con.createDataset("a", TEN);
		const calls: readonly [string, (onProgress: (progress: Progress) => void) => Promise<unknown>][] = [
			["get", (onProgress) => ds.get("...", { onProgress })],
			["set", (onProgress) => ds.set("...", 1, { onProgress })],
			["load", (onProgress) => ds.load(1, { onProgress })],
			["map", (onProgress) => ds.map(addOne, "b", { onProgress })],
			["apply", (onProgress) => ds.apply(addOne, { onProgress })],
		];
		for (const [name, call] of calls) {
			const seen: Progress[] = [];
			await call((progress) => seen.push(progress));
			equal(
				seen.map(({ done }) => done),
				[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
				`done of ${name}`,
			);
			check(
				seen.every(({ total }) => total === 10),
				`total of ${name} is not 10`,
			);
			check(
				seen.every(({ bytes }, i) => bytes > (seen[i - 1]?.bytes ?? 0)),
				`bytes of ${name} do not rise`,
			);
		}
		const refused = () => ds.get("...", { onProgress: () => void JSON.parse("{") });
		check(String(await refused().catch(String)).includes("JSON"), "an error of onProgress does not end the call");
	}),
	always("concurrency and memory bound what is in flight", async (con) => {
		await con.createDataset("a", { data: counting([40, 100]), chunkShape: [1, 100] });
		const most = async (options: ConnectOptions): Promise<number> => {
			const gate = new Gate(con.backend);
			const ds = await (await through(con, gate, options)).getDataset("a");
			const reading = ds.get().then(() => true);
			await gate.arrivals(1);
			while (!(await Promise.race([reading, nextTurn().then(() => false)]))) gate.pulse();
			return gate.most;
		};
		equal(await most({ concurrency: 5 }), 5, "requests under concurrency 5");
		equal(await most({ concurrency: 5, memory: 2400 }), 3, "requests under a memory of three chunks, read and decoded");
		equal(await most({ concurrency: 5, memory: 800 }), 1, "requests under a memory of one chunk");
		const tooLittle = new Gate(con.backend);
		const ds = await (await through(con, tooLittle, { memory: 100 })).getDataset("a");
		await rejects(() => ds.get(), "OUT_OF_BUDGET", "get under a memory of less than a chunk");
		equal(tooLittle.most, 0, "requests of a call that is refused");
	}),
	always("a long read sees its signal within 50 ms", async (con) => {
		const ds = await con.createDataset("a", { shape: [100_000], dtype: "int8", chunkShape: [1] });
		const lags: number[] = [];
		for (let attempt = 0; attempt < 5 && !lags.some((lag) => lag < 50); attempt++) {
			const controller = new AbortController();
			const [due, worked] = [performance.now() + 10, timeWorked()];
			setTimeout(() => controller.abort(), 10);
			await rejects(() => ds.get("...", { signal: controller.signal }), "ABORTED", "get");
			lags.push(Math.min(performance.now() - due, timeWorked() - worked));
		}
		check(
			lags.some((lag) => lag < 50),
			`it took ${lags.map(Math.round).join(", ")} ms`,
		);
	}),
	always("many short reads let others have their turn", async (con) => {
		const ds = await con.createDataset("a", { shape: [100_000], dtype: "int8", chunkShape: [1] });
		let turn = false;
		setTimeout(() => {
			turn = true;
		}, 1);
		for (let i = 0; i < 100_000 && !turn; i++) await ds.at(i);
		check(turn, "a timer of 1 ms did not run within 100,000 reads");
	}),
	where(
		({ supports }) => supports.list,
		"use changes the engine for later calls only",
		async (con) => {
			const ds = await con.createDataset("a", TEN);
			const { name } = con.runtime.engine;
			await con.use({ engine: "sequential" });
			sameValues(await ds.get(), counting([10]), `values, after ${name}`);
			await rejects(() => con.use({ engine: "steam" }), "INVALID_ARGUMENT", "an engine that there is none of");
			const failing = new Failing(con.backend);
			equal((await through(con, failing)).runtime.engine.name, "sequential", "engine");
		},
	),
];

function sumOf(asked: Requests): number {
	return Object.values(asked).reduce((sum, count) => sum + count, 0);
}
