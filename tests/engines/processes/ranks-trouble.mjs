// What goes wrong on one rank must reach all. Prints a line of JSON per rank with what each call came to; several kinds, with commas, are done
// one after the other, each in a store of its own.
import { writeFileSync } from "node:fs";
import { connect, kernel } from "tesserae";

const KERNELS = new URL("./ranks-kernels.mjs", import.meta.url);
const [place, kinds, ...more] = process.argv.slice(2);
let [kind, target, con, rank] = ["", "", undefined, undefined];
const say = (...values) => console.log(JSON.stringify({ rank, kind, values }));
const outcome = (call) =>
	call.then(
		(value) => (value === undefined ? "done" : String(value)),
		({ code, message }) => `${code}: ${message}`,
	);
const create = (name, options) =>
	con.createDataset(name, { shape: [8, 8], dtype: "int32", chunkShape: [1, 8], ...options });
const keysBelow = async (prefix) => {
	let count = 0;
	for await (const { key } of con.backend.list(prefix)) if (key !== "") count++;
	return count;
};

const KINDS = {
	/** Of several calls that fail at root, the error and its code are everybody's. */
	async errors() {
		await create("a");
		const again = await outcome(create("a"));
		const missing = await outcome(con.deleteDataset("b"));
		const kernels = await outcome((await con.getDataset("a")).map(kernel(KERNELS, "trouble", { how: "throw" }), "c"));
		await con.barrier();
		say(again, missing, kernels, await con.hasDataset("c"), await keysBelow("c/"), await outcome(con.barrier()));
	},
	/** Ranks that are in different calls are told so, and can go on. */
	async apart() {
		await create("a");
		const first = await outcome(rank === 1 ? con.deleteDataset("a") : con.barrier());
		const second = await outcome(rank === 0 ? con.deleteDataset("a") : con.createGroup("g"));
		const third = await outcome(con.barrier());
		// Only root has values: the others are done sooner.
		const fourth = await outcome(
			create(
				"d",
				rank === 0 ? { data: { data: new Int32Array(64), shape: [8, 8] }, shape: undefined, dtype: undefined } : {},
			),
		);
		say(
			first,
			second,
			third,
			await con.hasDataset("a"),
			await con.hasDataset("g"),
			/has done with|is in|has ended/.test(fourth),
		);
	},
	/** A rank comes late to where another one has failed: it need not begin. */
	async late() {
		await create("a");
		// So little memory that the results are told in two rounds.
		const small = await connect(target, { engine: "ranks", memory: 2000 });
		const slowly = async (sum, value, { coords }) => {
			if (rank === 2 && coords[0] === 4) await new Promise((resolve) => setTimeout(resolve, 700));
			return sum + value;
		};
		say(await outcome((await small.getDataset("a")).reduce(kernel(KERNELS, "second"), slowly)));
		await small.close();
	},
	/** One rank cancels its call: all are cancelled, and nothing is left of it. */
	async cancelled() {
		const ds = await create("a");
		const controller = new AbortController();
		const slow = ds.map(kernel(KERNELS, "slow"), "b", { signal: controller.signal });
		if (rank === 2) setTimeout(() => controller.abort(), 300);
		const mapped = await outcome(slow);
		await con.barrier();
		const waiting = new AbortController();
		if (rank === 1) setTimeout(() => waiting.abort(), 100);
		// Rank 0 comes late.
		if (rank === 0) await new Promise((resolve) => setTimeout(resolve, 1500));
		const barrier = await outcome(con.barrier({ signal: waiting.signal }));
		say(mapped, barrier, await con.hasDataset("b"), await keysBelow("b/"), await outcome(con.barrier()));
	},
	/** One rank ends in the middle of a call; `how` it does. */
	async ends(how, who) {
		await con.barrier();
		if (rank === Number(who)) {
			if (how === "kill") process.kill(process.pid, "SIGKILL");
			if (how === "throw") throw new TypeError("a mistake");
			if (how === "store") await con.getDataset("nothing");
			process.exit(how === "three" ? 3 : 0);
		}
		const pending = await outcome(con.barrier());
		const later = await outcome(con.createGroup("late"));
		say(pending, later === pending);
	},
	/** Root fails, and when the others speak to it again it has been gone for a while: what it said before is to be heard first. */
	async deafened() {
		await con.barrier();
		if (rank === 0) throw new TypeError("a mistake");
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
		say(await outcome(con.barrier()));
	},
	/** A rank is killed in the middle of a map. */
	async map() {
		const ds = await create("a");
		say(await outcome(ds.map(kernel(KERNELS, "trouble", { how: "kill" }), "b")));
	},
	/** The others do not call anything: whoever started them has to end them. */
	async deaf() {
		if (rank === 1) process.exit(5);
		setInterval(() => {}, 1000);
		await new Promise(() => {});
	},
	/** Datasets made and removed by all, many times, with calls side by side. */
	async busy(rounds) {
		for (let round = 0; round < Number(rounds); round++) {
			const [a, b] = await Promise.all([
				create("a", { ifExists: "replace" }),
				create("b", {
					data: { data: new Int32Array(64).fill(round), shape: [8, 8] },
					shape: undefined,
					dtype: undefined,
					ifExists: "replace",
				}),
			]);
			const sums = await Promise.all([a.sum(), b.sum(), con.gather(rank), con.broadcast(round)]);
			if (String(sums[1]) !== String(round * 64) || sums[3] !== round) throw new Error(`round ${round}: ${sums}`);
			await Promise.all([a.delete(), b.delete()]);
		}
		say(await con.hasDataset("a"));
	},
	/** What was interrupted goes on, with every chunk changed once. */
	async resumed(file) {
		const ones = { data: { data: new BigInt64Array(64).fill(1n), shape: [8, 8] }, shape: undefined, dtype: undefined };
		const ds = await create("a", ones);
		const flaky = (what) => kernel(KERNELS, "flaky", { file: `${file}-${what}` });
		const mend = async (what) => {
			await con.barrier();
			if (con.isRoot) writeFileSync(`${file}-${what}`, "");
			await con.barrier();
		};
		const first = [await outcome(ds.map(flaky("map"), "b", { resume: true }))];
		await mend("map");
		const mapped = await ds.map(flaky("map"), "b", { resume: true });
		first.push(await outcome(ds.apply(flaky("apply"), { resume: true })), await outcome(ds.apply(flaky("apply"))));
		await mend("apply");
		await ds.apply(flaky("apply"), { resume: true });
		const all = (dataset) => dataset.get().then(({ data }) => data.every((value) => value === 2n));
		say(
			first,
			await all(mapped),
			await all(ds),
			await keysBelow("a/.tesserae"),
			mapped.attributes,
			(await con.verify()).ok,
		);
	},
	/** A create of a name by several jobs at once: one wins. */
	async race() {
		say(await outcome(create("one").then(() => "won")));
	},
	async values() {
		say(
			await outcome(con.broadcast(rank === 0 ? () => 1 : 1)),
			await outcome(con.gather(Symbol.iterator)),
			await con.broadcast(7),
		);
	},
};

for (kind of kinds.split(",")) {
	target = `${place}-${kind}`;
	con = await connect(target, { engine: "ranks", durability: "none" });
	rank = con.rank;
	await KINDS[kind](...more);
	await con.close();
}
