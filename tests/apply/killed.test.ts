/** SIGKILL of the process that applies, maps or loads, at random moments, again and again: the result is that of an uninterrupted call. */
import { join } from "node:path";
import { type Connection, connect, kernel } from "tesserae";
import { afterEach, describe, expect, test } from "vitest";
import { type Scratch, scratch } from "../backends/scratch.js";
import { killAll } from "../road/children.js";
import { ceph, describeWith, newBucket } from "../services/services.js";
import { type KilledWork, runKilled } from "./killed.js";

/** Of an apply; of what is merely done again, and of shards, of which there are fewer, some. Each is a process of half a second or more: .ci/run has all. */
const [MANY, SOME] = process.env.TESSERAE_KILLS === undefined ? [3, 3] : [20, 6];
const CHUNKS = 512;
const LENGTH = 8 * CHUNKS - 3;
const LEDGER = "a/.tesserae/apply/ledger.json";

let place: Scratch | undefined;

afterEach(async () => {
	await killAll();
	await place?.remove();
	place = undefined;
});

interface Layout {
	readonly chunkShape: readonly number[];
	readonly shardShape?: readonly number[];
	readonly format?: 2 | 3;
}

const PLAIN: Layout = { chunkShape: [8] };
const values = (): Int32Array => Int32Array.from({ length: LENGTH }, (_, i) => i - 5);

/** The dataset `a`, in the store and in another one in which nothing is interrupted; and `out`, to be filled, where there is to be one. */
async function fill(con: Connection, { work, layout }: Case): Promise<void> {
	await con.createDataset("a", { data: values(), ...layout });
	// Other codecs, so that chunks are decoded.
	if (work === "load") await con.createDataset("out", { shape: [LENGTH], dtype: "int32", codecs: ["gzip"], ...layout });
}

async function objectsOf({ backend }: Connection): Promise<Map<string, string>> {
	const objects = new Map<string, string>();
	for await (const { key } of backend.list(""))
		objects.set(key, Buffer.from((await backend.get(key))?.parts[0] ?? []).toString("base64"));
	return new Map([...objects].sort());
}

async function doAtOnce(con: Connection, { work, layout }: Case): Promise<Map<string, string>> {
	const kernelOf = (name: string) => kernel(new URL("./processes/kernels.mjs", import.meta.url), name);
	await fill(con, { work, layout });
	const ds = await con.getDataset("a");
	if (work === "apply") await ds.apply(kernelOf("addOne"));
	else if (work === "apply with a halo") await ds.apply(kernelOf("window"), { halo: 1 });
	else if (work === "map") await ds.map(kernelOf("addOne"), "out");
	else await (await con.getDataset("out")).load(ds);
	return objectsOf(con);
}

interface Case {
	readonly work: KilledWork["work"];
	readonly layout: Layout;
}

interface KilledStore extends Pick<KilledWork, "connection" | "environment"> {
	readonly target: string;
	open(): Promise<Connection>;
}

async function expectUnharmed(c: Case, store: KilledStore): Promise<void> {
	const con = await store.open();
	await fill(con, c);
	const isOut = c.work === "map" || c.work === "load";
	const isComplete = async (): Promise<boolean> => {
		if (!isOut)
			return (await con.backend.head(LEDGER)) === undefined && (await con.getDataset("a")).at(0).then((v) => v !== -5);
		return (
			c.work === "map" &&
			(await con.hasDataset("out")) &&
			!("tesserae_unfinished" in (await con.getDataset("out")).attributes)
		);
	};
	const chunks = c.layout.shardShape === undefined ? CHUNKS : CHUNKS / 4;
	const kills = c.work === "apply" && chunks === CHUNKS ? MANY : SOME;
	const killed = await runKilled({ ...store, ...c, kills, chunks, isComplete });
	expect(killed).toBeGreaterThan(kills / 4);
	await using other = await connect("ram:");
	const whole = await doAtOnce(other, c);
	expect(await objectsOf(con)).toEqual(whole);
	if (c.work === "apply")
		expect([...(await (await con.getDataset("a")).get()).data]).toEqual([...values().map((v) => v + 1)]);
	await con.close();
}

const SHARDED: Layout = { chunkShape: [8], shardShape: [32] };
const V2: Layout = { chunkShape: [8], format: 2 };

const CASES: readonly (Case & {
	readonly backend: "file" | "sqlite";
	readonly engine: "sequential" | "threads" | "cluster";
})[] = [
	{ work: "apply", layout: PLAIN, backend: "file", engine: "sequential" },
	{ work: "apply", layout: PLAIN, backend: "file", engine: "threads" },
	{ work: "apply", layout: PLAIN, backend: "file", engine: "cluster" },
	{ work: "apply", layout: PLAIN, backend: "sqlite", engine: "sequential" },
	{ work: "apply", layout: PLAIN, backend: "sqlite", engine: "threads" },
	{ work: "apply", layout: SHARDED, backend: "file", engine: "threads" },
	{ work: "apply with a halo", layout: PLAIN, backend: "file", engine: "threads" },
	{ work: "apply with a halo", layout: V2, backend: "sqlite", engine: "sequential" },
	{ work: "map", layout: PLAIN, backend: "file", engine: "threads" },
	{ work: "map", layout: V2, backend: "sqlite", engine: "sequential" },
	{ work: "map", layout: PLAIN, backend: "sqlite", engine: "cluster" },
	{ work: "load", layout: PLAIN, backend: "sqlite", engine: "threads" },
	{ work: "load", layout: SHARDED, backend: "file", engine: "sequential" },
	{ work: "load", layout: V2, backend: "file", engine: "sequential" },
];

describe("killed again and again", () => {
	test.each(CASES)(
		"$work on $backend × $engine, $layout",
		async ({ backend, engine, ...c }) => {
			place = await scratch();
			const target = `${backend}:${join(place.path, "store")}`;
			const connection = { engine, durability: "none" };
			await expectUnharmed(c, { target, connection, open: () => connect(target, { durability: "none" }) });
		},
		180_000,
	);
});

describeWith(ceph, "killed again and again on Ceph", (service) => {
	const { accessKeyId, secretAccessKey } = service.credentials;
	const environment = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
	const cases = ["apply", "apply with a halo"].flatMap((work) =>
		["sequential", "threads"].map((engine) => ({ work: work as Case["work"], engine })),
	);
	test.each(cases)(
		"$work × $engine",
		async ({ work, engine }) => {
			const { bucket } = await newBucket(service);
			const target = `ceph://${bucket}/store`;
			const reach = { endpoint: service.endpoint };
			const open = (): Promise<Connection> => connect(target, { ...reach, credentials: service.credentials });
			await expectUnharmed({ work, layout: PLAIN }, { target, connection: { ...reach, engine }, environment, open });
		},
		300_000,
	);
});
