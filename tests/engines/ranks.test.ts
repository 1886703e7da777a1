import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, connect, type NdArray } from "tesserae";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { scratch } from "../backends/scratch.js";
import { PROGRAM, tesserae } from "../cli/command-line.js";
import { tries } from "../support/tries.js";
import { type Ended, endAll, ended, ranks, run, scriptOf, start, startRanks, told } from "./ranks-processes.js";

const place = await scratch();
let places = 0;
afterEach(endAll);
afterAll(() => place.remove());

/** A target that nothing was written to yet. */
function fresh(backend = "file"): string {
	return `${backend}:${join(place.path, `store-${++places}`)}`;
}

interface Seen {
	readonly rank: number;
	readonly [what: string]: unknown;
}

interface Told {
	readonly rank: number;
	readonly values: readonly unknown[];
}

function digest({ data }: Pick<NdArray, "data">): string {
	const { buffer, byteOffset, byteLength } = data as Uint8Array;
	return createHash("sha256")
		.update(new Uint8Array(buffer, byteOffset, byteLength))
		.digest("hex");
}

function isAlive(pid: number | undefined): pid is number {
	return pid !== undefined && existsSync(`/proc/${pid}/cmdline`);
}

const N = 50;
const random = BigInt64Array.from({ length: N ** 3 }, (_, i) => BigInt(((i * 7919) % 20001) - 10000));
const plusOne = (block: NdArray): NdArray => {
	const data = block.data as unknown as BigInt64Array;
	for (let i = 0; i < data.length; i++) data[i] = (data[i] as bigint) + 1n;
	return block;
};

/** What every rank must see, computed by one process. */
async function expected(): Promise<{ readonly [what: string]: unknown }> {
	const con = await connect("ram:");
	const ds = await con.createDataset("data", { data: { data: random, shape: [N, N, N] }, chunkShape: [16, 16, 16] });
	const written = random.reduce((sum, value) => sum + value * 3n + 5n, 0n);
	const loaded = digest(await ds.get());
	const mapped = await ds.map(plusOne as never, "mapped");
	const applied = digest(await mapped.get());
	const halo = await mapped.map(neighbours as never, "halo", { halo: 1, boundary: "nearest" });
	return {
		...{ loaded, slab: true, sum: String(written), cleared: ["0", 0], mapped: applied, deleted: false },
		...{ clone: loaded, copy: loaded, applied, halo: digest(await halo.get()), recoded: digest(await halo.get()) },
		...(await metadataAndValues(con)),
	};
}

async function neighbours(block: NdArray, _: never, { shape }: { shape: readonly number[] }): Promise<unknown> {
	const module = await import(scriptOf("ranks-kernels"));
	return module.neighbours(block, {}, { shape });
}

async function metadataAndValues(con: Connection): Promise<{ readonly [what: string]: unknown }> {
	const values = Float32Array.from({ length: 30 ** 3 }, (_, i) => Math.sin(i) * 10 ** (i % 9));
	const floats = await con.createDataset("floats", {
		data: { data: values, shape: [30, 30, 30] },
		chunkShape: [4, 6, 30],
	});
	const total = (block: NdArray): number => (block.data as Float32Array).reduce((sum, value) => sum + value, 0);
	const statistics = [
		...[await floats.min(), await floats.max(), await floats.sum(), await floats.mean(), await floats.std()],
		digest(await floats.sum({ axes: [0] })),
		digest({ data: (await floats.histogram({ bins: 7 })).counts }),
		await floats.reduce<number>(total as never, (a, b) => a * 1.0000001 + b),
	];
	return {
		...{
			statistics,
			metadata: [{ unit: "mm" }, [N, N, N / 2], { a: 1, b: 2 }, { a: 1, b: 2 }],
			group: false,
			verified: true,
		},
		...{
			streamed: true,
			words: ["one", "two", "three"],
			broadcast: [
				["1", "text"],
				["1.5", "NaN"],
			],
			ndarray: true,
		},
	};
}

const wanted = expected();

/** Every rank saw what one process computes; what only some of them are told is looked at here. */
async function checkCases(end: Ended, size: number): Promise<void> {
	expect(end).toMatchObject({ status: 0, stderr: "" });
	const all = told<Seen>(end);
	expect(all.map(({ rank, size, isRoot }) => [rank, size, isRoot])).toEqual(
		Array.from({ length: size }, (_, rank) => [rank, size, rank === 0]),
	);
	for (const { rank, size: _, isRoot, puts, recodedPuts, written, gathered, ...seen } of all) {
		expect(seen).toEqual(await wanted);
		expect(written).toBe(isRoot ? true : undefined);
		expect(gathered).toEqual(isRoot ? all.map(({ rank }) => ({ rank })) : "nothing");
		// Its share of 64 chunks, and of root the metadata.
		expect(puts, `writes of rank ${rank}`).toBeLessThanOrEqual(Math.ceil(64 / size) + (isRoot ? 4 : 0));
		expect(recodedPuts, `writes of rank ${rank}`).toBeLessThanOrEqual(Math.ceil(12 / size) + (isRoot ? 4 : 0));
	}
	const puts = all.reduce((sum, { puts }) => sum + (puts as number), 0);
	expect(puts).toBeGreaterThanOrEqual(64);
	expect(puts).toBeLessThanOrEqual(68);
}

describe("cases of several ranks", () => {
	test.each([
		["file", 4],
		["sqlite", 4],
		["file", 3],
		["sqlite", 1],
	] as const)("on %s, %d ranks see what one process computes, and each does its share", async (backend, size) => {
		await checkCases(await ranks(size, "ranks-cases", [fresh(backend)]), size);
	});

	test.each(["file", "sqlite"])("on %s, promises of datasets are kept by three ranks together", async (backend) => {
		const end = await ranks(3, "ranks-conformance", [fresh(backend)]);
		expect(end).toMatchObject({ status: 0, stderr: "" });
		const [first] = told<{ rank: number; kept: number }>(end);
		expect(first?.kept).toBeGreaterThan(50);
		expect(told(end)).toEqual([0, 1, 2].map((rank) => ({ rank, kept: first?.kept })));
	});

	test("more ranks than chunks", async () => {
		const end = await ranks(5, "ranks-trouble", [fresh(), "busy", "3"]);
		expect(end).toMatchObject({ status: 0, stderr: "" });
		expect(told<Told>(end).map(({ values }) => values)).toEqual(new Array(5).fill([false]));
	});

	test("calls side by side keep apart, many times", async () => {
		const end = await ranks(3, "ranks-trouble", [fresh("sqlite"), "busy", "30"]);
		expect(end).toMatchObject({ status: 0, stderr: "" });
	});

	test("neighbouring chunks are dealt to one rank, every chunk to one", async () => {
		const file = join(place.path, "noted");
		const end = await ranks(4, "ranks-shares", [fresh(), file]);
		expect(end).toMatchObject({ status: 0, stderr: "" });
		const notes = (await readFile(file, "utf8"))
			.trim()
			.split("\n")
			.map((line) => line.split(" "));
		expect(notes.map(([, coords]) => Number(coords?.split(",")[0])).sort((a, b) => a - b)).toEqual([
			...Array(10).keys(),
		]);
		const shares = [...new Set(notes.map(([pid]) => pid))].map((process) =>
			notes.filter(([pid]) => pid === process).map(([, coords]) => Number(coords?.split(",")[0])),
		);
		for (const share of shares)
			expect(share.sort((a, b) => a - b)).toEqual(share.map((_, i) => (share[0] as number) + i));
		expect(shares.map(({ length }) => length).sort()).toEqual([2, 2, 3, 3]);
	});

	test("each rank on worker threads", async () => {
		const end = await ranks(2, "ranks-threads", [fresh()]);
		expect(end).toMatchObject({ status: 0, stderr: "" });
		expect(told<Told>(end).map(({ values }) => values)).toEqual([
			["499500n", "500500n", true],
			["499500n", "500500n", true],
		]);
	});
});

describe("what goes wrong on one rank reaches all", () => {
	/** They go on after it: one program of three ranks does all of these, one after the other. */
	const KINDS = ["errors", "apart", "late", "cancelled", "values"] as const;
	let all: Promise<Ended> | undefined;

	/** What each of the ranks told of one kind. */
	async function toldOf(kind: (typeof KINDS)[number]): Promise<Told[]> {
		all ??= ranks(3, "ranks-trouble", [fresh(), KINDS.join(",")]);
		const end = await all;
		expect(end).toMatchObject({ status: 0, stderr: "" });
		const lines = told<Told & { readonly kind: string }>(end).filter((line) => line.kind === kind);
		expect(lines.map(({ rank }) => rank)).toEqual([0, 1, 2]);
		return lines;
	}

	test("an error of root has its code everywhere, and a failed map leaves nothing", async () => {
		for (const { values } of await toldOf("errors")) {
			expect(values[0]).toMatch(/^ALREADY_EXISTS: "a" exists already/);
			expect(values[1]).toMatch(/^NOT_FOUND: there is no dataset "b"/);
			expect(values[2]).toMatch(/^KERNEL_FAILED: .*chunk \[0, 0\] of "c": out of film/);
			expect(values.slice(3)).toEqual([false, 0, "done"]);
		}
	});

	test("ranks in different calls are told so before anything is done, and go on", async () => {
		for (const { rank, values } of await toldOf("apart")) {
			for (const [n, what] of [
				[0, 'deleteDataset "a"'],
				[1, 'createGroup "g"'],
			] as const) {
				expect(values[n]).toMatch(/^INVALID_ARGUMENT: rank 0 is in .*, rank [12] is in .*in the same order$/);
				expect(values[n]).toContain(what);
			}
			// The others gave no values to load, and are done: root alone can be told.
			expect(values.slice(2)).toEqual(["done", true, false, rank === 0]);
		}
	});

	test("a rank that comes late to what has failed does not begin with it", async () => {
		for (const { values } of await toldOf("late"))
			expect(values[0]).toMatch(/^KERNEL_FAILED: .*\[5, 0\] .*second round/);
	});

	test("a call that one rank cancels ends on all, at work and waiting", async () => {
		for (const { values } of await toldOf("cancelled")) {
			for (const n of [0, 1]) expect(values[n]).toMatch(/^ABORTED: /);
			expect(values.slice(2)).toEqual([false, 0, "done"]);
		}
	});

	test.each([
		["kill", "1", 137, "WORKER_LOST: rank 1 was lost"],
		["kill", "0", 137, "WORKER_LOST: rank 0 was lost"],
		["throw", "2", 1, "WORKER_LOST: rank 2 failed: TypeError: a mistake"],
		["throw", "0", 1, "WORKER_LOST: rank 0 failed: TypeError: a mistake"],
		["store", "1", 1, 'NOT_FOUND: rank 1 failed: there is no dataset "nothing"'],
		["three", "1", 3, "WORKER_LOST: rank 1 failed: it ended with exit status 3"],
		["quietly", "2", 0, "WORKER_LOST: rank 2 has ended its program, without the calls"],
	])(
		"a rank that ends by %s (rank %s): the others hear of it, at once and later",
		async (how, who, status, message) => {
			const end = await ranks(3, "ranks-trouble", [fresh(), "ends", how, who]);
			expect(end.status).toBe(status);
			const others = told<Told>(end);
			expect(others.map(({ rank }) => rank)).toEqual([0, 1, 2].filter((rank) => rank !== Number(who)));
			for (const { values } of others) {
				expect(values[0]).toContain(message);
				expect(values[1]).toBe(true);
			}
			if (status === 137) expect(end.stderr).toBe(`tesserae: WORKER_LOST: rank ${who} was ended by SIGKILL\n`);
		},
	);

	test("the others hear why root ended, also where they speak to it before they listen", async () => {
		const end = await ranks(3, "ranks-trouble", [fresh(), "deafened"]);
		const others = told<Told>(end);
		expect(others).toHaveLength(2);
		for (const { values } of others) expect(values[0]).toContain("WORKER_LOST: rank 0 failed: TypeError: a mistake");
	});

	test("a rank that is killed in the middle of a map fails it on the others, which are at work", async () => {
		const end = await ranks(3, "ranks-trouble", [fresh(), "map"]);
		expect(end.status).toBe(137);
		for (const { values } of told<Told>(end)) expect(values[0]).toMatch(/^WORKER_LOST: rank 0 was lost/);
		expect(told(end)).toHaveLength(2);
	});

	test("ranks that call nothing are ended by who started them, within 10 s", async () => {
		const began = performance.now();
		const end = await ranks(3, "ranks-trouble", [fresh(), "deaf"]);
		expect(end).toEqual({ status: 5, stdout: "", stderr: "tesserae: WORKER_LOST: rank 1 ended with exit status 5\n" });
		expect(performance.now() - began).toBeLessThan(15_000);
	});

	test("what cannot travel is refused on all", async () => {
		for (const { values } of await toldOf("values")) {
			for (const n of [0, 1]) expect(values[n]).toMatch(/^INVALID_ARGUMENT: a value cannot travel between ranks/);
			expect(values[2]).toBe(7);
		}
	});

	test.each(["file", "sqlite"])(
		"on %s, map and apply that failed are gone on with, and every chunk is changed once",
		async (backend) => {
			const end = await ranks(3, "ranks-trouble", [fresh(backend), "resumed", join(place.path, `flag-${++places}`)]);
			expect(end).toMatchObject({ status: 0, stderr: "" });
			expect(told(end)).toHaveLength(3);
			for (const { values } of told<Told>(end)) {
				const [mapped, applied, again] = values[0] as string[];
				expect(mapped).toMatch(/^KERNEL_FAILED: .*not yet/);
				expect(applied).toMatch(
					/^KERNEL_FAILED: .*not yet; some chunks may be changed and others not yet: apply again with/,
				);
				expect(again).toMatch(/^CONFLICT: .*pass \{ resume: true \} to go on/);
				expect(values.slice(1)).toEqual([true, true, 0, {}, true]);
			}
		},
	);

	test.each(["file", "sqlite"])(
		"on %s, apply changes every chunk once, whichever ranks are killed",
		async (backend) => {
			const target = fresh(backend);
			const con = await connect(target, { durability: "none" });
			const data = BigInt64Array.from({ length: 512 * 8 }, (_, i) => BigInt(i));
			const ds = await con.createDataset("a", { data, chunkShape: [8] });
			let [isDone, kills] = [false, 0];
			for (let attempt = 0; !isDone; attempt++) {
				const child = startRanks(3, "ranks-apply", [target]);
				const end = ended(child);
				child.stdout?.on("data", (text) => {
					const pids = [...String(text).matchAll(/at work (\d+)/g)].map(([, pid]) => Number(pid));
					// Root, or another one; sooner or later; and at last none.
					if (attempt < tries(6, 2) && pids.length > 0)
						setTimeout(
							() => void (isAlive(pids[0]) && process.kill(pids[0] as number, "SIGKILL") && kills++),
							20 + 25 * attempt,
						);
				});
				isDone = (await end).stdout.includes("applied");
				// Killed between the end of it and the message, it was done.
				const isOver = (await con.backend.head("a/.tesserae/apply/ledger.json")) === undefined;
				isDone ||= isOver && (await ds.at(0)) !== 0n;
			}
			expect(kills).toBeGreaterThan(0);
			expect([...(await ds.get()).data]).toEqual([...data].map((value) => value + 1n));
			await con.close();
		},
	);

	test("of several jobs that create one name one wins, on all its ranks", async () => {
		const target = fresh();
		const ends = await Promise.all([1, 2, 3].map(() => ranks(2, "ranks-trouble", [target, "race"])));
		const outcomes = ends.map((end) => told<Told>(end).map(({ values }) => values[0]));
		for (const [root, other] of outcomes) expect(other).toBe(root);
		expect(outcomes.filter(([root]) => root === "won")).toHaveLength(1);
		for (const [root] of outcomes) expect(root).toMatch(/^won$|^ALREADY_EXISTS/);
	});
});

describe("tesserae ranks", () => {
	test("passes on what ranks print, in whole lines, with their numbers where asked", async () => {
		const { stdout } = await ended(startRanks(3, "ranks-prints", [], ["--tag"]));
		const lines = stdout.trim().split("\n");
		expect(lines.sort()).toEqual(
			[0, 1, 2]
				.flatMap((rank) => [...Array.from({ length: 20 }, (_, i) => `[${rank}] line ${i} of ${rank}`), `[${rank}] end`])
				.sort(),
		);
	});

	test("Ctrl-C goes to all once, and its exit status is 130", async () => {
		const child = startRanks(3, "ranks-prints", ["wait"]);
		const end = ended(child);
		let printed = "";
		while (printed.split("ready").length <= 3) printed += (await once(child.stdout as NodeJS.EventEmitter, "data"))[0];
		child.kill("SIGINT");
		const { status, stdout } = await end;
		expect(status).toBe(130);
		expect(stdout.match(/got SIGINT 1/g)).toHaveLength(3);
	});

	test("where it is killed no rank is left", async () => {
		const child = startRanks(3, "ranks-prints", ["wait"]);
		const pids = new Set<number>();
		while (pids.size < 3) {
			const [text] = await once(child.stdout as NodeJS.EventEmitter, "data");
			for (const [, pid] of String(text).matchAll(/ready (\d+)/g)) pids.add(Number(pid));
		}
		child.kill("SIGKILL");
		await expect
			.poll(() => [...pids].filter((pid) => existsSync(`/proc/${pid}/cmdline`)), { timeout: 10_000 })
			.toEqual([]);
	});

	test("wrong usage ends in status 2 and says what is wrong; options behind the script are the script's", async () => {
		for (const [args, message] of [
			[["ranks", "-n", "0", "x.js"], "a whole number above 0"],
			[["ranks", "-n", "2000", "x.js"], "at most 1024"],
			[["ranks", "-n", "2"], "missing required argument 'script'"],
			[["ranks", "-n", "2", "nowhere.js"], "there is no script nowhere.js"],
			[["ranks", "--number", "2", "x.js"], "unknown option '--number'"],
		] as const) {
			const { status, stderr } = await tesserae(args);
			expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
		}
		const args = ["ranks", "-n", "1", scriptOf("ranks-prints"), "args", "--json", "-n", "7"];
		const { stdout } = await run(process.execPath, [PROGRAM, "--log-level", "warn", ...args]);
		expect(stdout).toBe('["--json","-n","7"]\n');
	});
});

describe("ranks meet", () => {
	/** The environment of one of several ranks that were started by hand. */
	const byHand = (rank: number, size: number, rendezvous: string) => ({
		TESSERAE_RANK: String(rank),
		TESSERAE_RANKS: String(size),
		TESSERAE_RENDEZVOUS: rendezvous,
	});
	const meet = (env: { readonly [name: string]: string }, target = fresh()): Promise<Ended> =>
		run(process.execPath, [scriptOf("ranks-meet"), target], env);
	const met = (size: number): Told[] =>
		Array.from({ length: size }, (_, rank) => ({
			rank,
			values: rank === 0 ? [size, 1, [...Array(size).keys()]] : [size, 1, null],
		}));

	async function expectMet(ends: readonly Promise<Ended>[]): Promise<void> {
		const all = await Promise.all(ends);
		for (const end of all) expect(end).toMatchObject({ status: 0, stderr: "" });
		expect(all.flatMap((end) => told<Told>(end))).toEqual(met(all.length));
	}

	test("without a launcher there is one rank alone", async () => {
		await expectMet([meet({})]);
		// The script of a Slurm job is one process.
		await expectMet([meet({ SLURM_PROCID: "0", SLURM_NTASKS: "4", SLURM_JOB_ID: "7", ENVIRONMENT: "BATCH" })]);
		const con = await connect(fresh(), { engine: "ranks" });
		expect([con.rank, con.size, con.isRoot, con.runtime.engine.workers]).toEqual([0, 1, true, 1]);
		await con.barrier();
		expect([await con.broadcast(5), await con.gather(6)]).toEqual([5, [6]]);
		await con.close();
		const refusal = { code: "INVALID_ARGUMENT", message: expect.stringContaining("tesserae ranks -n 4") };
		await expect(connect(fresh(), { engine: "ranks", workers: 4 })).rejects.toMatchObject(refusal);
	});

	test.each([
		[
			"Open MPI",
			(rank: string) => ({
				OMPI_COMM_WORLD_RANK: rank,
				OMPI_COMM_WORLD_SIZE: "3",
				OMPI_COMM_WORLD_LOCAL_SIZE: "3",
				PMIX_NAMESPACE: `t${process.pid}`,
			}),
		],
		["MPICH", (rank: string) => ({ PMI_RANK: rank, PMI_SIZE: "3" })],
		[
			"Slurm",
			(rank: string) => ({
				SLURM_PROCID: rank,
				SLURM_NTASKS: "3",
				SLURM_JOB_ID: `${process.pid}`,
				SLURM_JOB_NUM_NODES: "1",
			}),
		],
	])("by what %s says", async (_, env) => {
		const target = fresh();
		await expectMet(["0", "1", "2"].map((rank) => meet(env(rank), target)));
	});

	test("on several hosts, through the store, of which nothing is left", async () => {
		const target = fresh();
		const env = (rank: string) => ({
			...{ SLURM_PROCID: rank, SLURM_NTASKS: "3", SLURM_JOB_ID: "1", SLURM_STEP_ID: "0", SLURM_STEP_NUM_NODES: "2" },
		});
		// What a job of that name left, which was killed while it began.
		const con = await connect(target);
		await expectMet(["0", "1", "2"].map((rank) => meet(env(rank), target)));
		const left = [];
		for await (const { key } of con.backend.list("")) left.push(key);
		expect(left).toEqual([]);
		await con.close();
	});

	test("in a directory or a file, whatever an earlier job has left there", async () => {
		const directory = (await scratch()).path;
		await expectMet([0, 1, 2].map((rank) => meet(byHand(rank, 3, directory))));
		expect(await readdir(directory)).toEqual([]);
		const file = join(directory, "deep", "er", "place.json");
		await expectMet([1, 0].map((rank) => meet(byHand(rank, 2, file))).toReversed());
		expect(await readdir(join(directory, "deep", "er"))).toEqual([]);
		const dead = { addresses: ["127.0.0.1"], port: 1, token: "old" };
		for (const text of [JSON.stringify(dead), "{", "", "null", '{"port":"x"}']) {
			await writeFile(file, text);
			const second = meet(byHand(1, 2, file));
			await expectMet([meet(byHand(0, 2, file)), second]);
		}
	});

	test("an address where somebody else answers is an old one, and who does not know the secret is dropped", async () => {
		const file = join((await scratch()).path, "place.json");
		const { createServer, connect: dial } = await import("node:net");
		// It accepts everything, and says nothing; or nonsense.
		const deaf = createServer(() => {}).listen(0, "127.0.0.1");
		const rude = createServer((socket) => socket.write("\0\0\0\u0008nonsense")).listen(0, "127.0.0.1");
		await Promise.all([once(deaf, "listening"), once(rude, "listening")]);
		for (const server of [rude, deaf]) {
			const { port } = server.address() as { port: number };
			const other = JSON.stringify({ addresses: ["127.0.0.1"], port, token: "old" });
			await writeFile(file, other);
			const second = meet(byHand(1, 2, file));
			const first = start(process.execPath, [scriptOf("ranks-meet"), fresh()], byHand(0, 2, file));
			await expectMet([ended(first), second]);
		}
		// Root alone, at whose door others knock.
		const first = meet(byHand(0, 2, file));
		await expect.poll(() => readFile(file, "utf8").catch(() => ""), { timeout: 20_000 }).toContain("token");
		const { port } = JSON.parse(await readFile(file, "utf8"));
		const wrong = { rank: 1, size: 2, job: "", v8: process.versions.v8, challenge: "00", proof: "00" };
		for (const text of [JSON.stringify(wrong), "{}", "x".repeat(4000)]) {
			const socket = dial(port, "127.0.0.1");
			await once(socket, "data");
			const frame = Buffer.alloc(4 + text.length);
			frame.writeUInt32BE(text.length);
			frame.write(text, 4);
			socket.on("error", () => {}).resume();
			socket.end(frame);
			await once(socket, "close");
		}
		const huge = dial(port, "127.0.0.1");
		huge.on("error", () => {}).resume();
		huge.write(Buffer.of(255, 255, 255, 255, 1, 2, 3));
		await once(huge, "close");
		await expectMet([first, meet(byHand(1, 2, file))]);
		deaf.close();
		rude.close();
	});

	test("ranks that do not come are named, on all that did", async () => {
		const file = join((await scratch()).path, "place.json");
		const env = (rank: number) => ({ ...byHand(rank, 4, file), TESSERAE_RANKS_TIMEOUT: "2500" });
		const ends = await Promise.all([0, 2].map((rank) => meet(env(rank))));
		for (const { status, stderr } of ends) {
			expect(status).toBe(1);
			expect(stderr).toContain("TIMEOUT: the ranks 1, 3 of 4 did not come within 2500 ms");
		}
		expect(existsSync(file)).toBe(false);
		const alone = await meet({ ...env(1), TESSERAE_RANKS_TIMEOUT: "300" });
		expect(alone.stderr).toContain(`TIMEOUT: rank 0 did not come to ${file} within 300 ms`);
	});

	test("what makes no sense is refused", async () => {
		const file = join((await scratch()).path, "place.json");
		for (const [env, message] of [
			[byHand(2, 2, file), 'TESSERAE_RANK and TESSERAE_RANKS are "2" and "2"'],
			[
				{ OMPI_COMM_WORLD_RANK: "x", OMPI_COMM_WORLD_SIZE: "2" },
				'OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE are "x"',
			],
			[
				{ ...byHand(0, 2, file), TESSERAE_RANKS_TIMEOUT: "soon" },
				'TESSERAE_RANKS_TIMEOUT is a number of milliseconds, not "soon"',
			],
		] as const)
			expect((await meet(env)).stderr).toContain(`INVALID_ARGUMENT: ${message}`);
		const ram = await meet(byHand(0, 2, file), "ram:memory");
		expect(ram.stderr).toContain("UNSUPPORTED: ram:memory is in the memory of one process");
		const sizes = await Promise.all([
			meet({ ...byHand(0, 3, file), TESSERAE_RANKS_TIMEOUT: "3000" }),
			meet({ ...byHand(1, 2, file), TESSERAE_RANKS_TIMEOUT: "1000" }),
		]);
		expect(sizes[0].stderr).toContain("it is one of 2 ranks, not of 3");
		expect(sizes[1].stderr).toMatch(/WORKER_LOST|TIMEOUT/);
	});
});

/** `1` asks for everything, a list for some. */
const asked = process.env.TESSERAE_TEST_SERVICES?.split(",") ?? [];
const isMissing = !asked.includes("1") && !asked.includes("mpiexec");

describe.skipIf(isMissing)(`mpiexec${isMissing ? " (needs Open MPI: ./run_tests.sh --with-services)" : ""}`, () => {
	const mpiexec = (size: number, ...args: string[]): Promise<Ended> =>
		run("mpiexec", ["--allow-run-as-root", "--oversubscribe", "-n", String(size), process.execPath, ...args]);

	test.each(["file", "sqlite"])("on %s, 4 ranks see what one process computes", async (backend) => {
		await checkCases(await mpiexec(4, scriptOf("ranks-cases"), fresh(backend)), 4);
	});

	test("a rank that fails ends all, with its error", async () => {
		const end = await mpiexec(3, scriptOf("ranks-trouble"), fresh(), "deaf");
		expect(end.status).toBe(5);
		const thrown = await mpiexec(3, scriptOf("ranks-trouble"), fresh(), "ends", "throw", "1");
		expect(thrown.status).not.toBe(0);
		expect(thrown.stderr).toContain("TypeError: a mistake");
	});
});
