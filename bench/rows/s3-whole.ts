import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { type Connection, connect, type Dataset, empty, type NdArray } from "tesserae";
import { SHAPE, values } from "../support/cube.js";
import { type Contestant, contestant } from "../support/measure.js";
import { type Comparison, hold } from "../support/row.js";
import { CONCURRENCY, getBare, inLoops, putBare } from "../support/s3/bare.js";
import type { GatewayBench, GatewayGroup } from "../support/s3/bench.js";
import { checkSame } from "../support/same.js";

const MIB = 2 ** 20;

/** The cube, 256 MiB of float32, as raw chunks of 1 and 4 MiB, by every engine and by both kinds of requests. */
export const whole: GatewayGroup = {
	"read-1": (bench) => compare(bench, "read", 1),
	"read-4": (bench) => compare(bench, "read", 4),
	"write-1": (bench) => compare(bench, "write", 1),
	"write-4": (bench) => compare(bench, "write", 4),
};

const WAYS = ["sequential", "threads", "sequential, lean", "threads, lean"] as const;

interface Way extends AsyncDisposable {
	readonly name: string;
	readonly dataset: Dataset<"float32">;
	/** In memory that the engine fills without a copy. */
	readonly out: NdArray<"float32">;
}

async function compare(bench: GatewayBench, what: "read" | "write", mebibytes: 1 | 4): Promise<void> {
	const name = `${what} all, chunks of ${mebibytes} MiB`;
	const bucket = await bench.gateway.newBucket(`${what}-${mebibytes}`);
	const chunkShape = mebibytes === 1 ? [64, 64, 64] : [64, 128, 128];
	await using made = await connect(`ceph://${bucket}/cube`);
	await made.createDataset("", { data: values(), chunkShape, codecs: [] });
	const ways: Way[] = [];
	for (const way of WAYS) ways.push(await openWay(`ceph://${bucket}/cube`, way));
	const keys = await chunkKeys(bench, bucket);
	const bare = what === "read" ? bareReads(bench, bucket, keys) : bareWrites(bench, bucket, mebibytes * MIB);
	const contestants = [bare, ...ways.map(what === "read" ? reads : writes)];
	for (const way of ways) await check(`${name}: ${way.name}`, way);
	const comparisons: Comparison[] = WAYS.map((ours) => ({ ours, other: bare.name, atLeast: 0.9 }));
	await hold(bench, { name, contestants, comparisons, warmUp: 1 });
	for (const way of ways) await way[Symbol.asyncDispose]();
}

async function openWay(target: string, way: (typeof WAYS)[number]): Promise<Way> {
	const [engine = "", requests = "sdk"] = way.split(", ");
	const connection: Connection = await connect(target, { engine, requests });
	const dataset = await connection.getDataset("", { dtype: "float32" });
	const out = empty(SHAPE, "float32", { shared: engine === "threads" });
	return { name: way, dataset, out, [Symbol.asyncDispose]: () => connection.close() };
}

function reads({ name, dataset, out }: Way): Contestant {
	return contestant(name, () => dataset.get("...", { out }));
}

/** Of shared memory where there are threads, which a `set` takes without copying. */
function writes({ name, dataset, out }: Way): Contestant {
	return contestant(name, () => dataset.set("...", out));
}

async function check(row: string, { name, dataset, out }: Way): Promise<void> {
	await dataset.get("...", { out });
	checkSame(row, values().data, { [name]: out.data });
}

async function chunkKeys({ gateway }: GatewayBench, bucket: string): Promise<string[]> {
	const { Contents = [] } = await gateway.client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "cube/c/" }));
	return Contents.map(({ Key = "" }) => Key);
}

function bareReads({ gateway: { client } }: GatewayBench, bucket: string, keys: readonly string[]): Contestant {
	return contestant(`SDK, ${CONCURRENCY} at once`, () =>
		inLoops(keys.length, async (i) => void (await getBare(client, bucket, keys[i] as string))),
	);
}

function bareWrites({ gateway: { client } }: GatewayBench, bucket: string, size: number): Contestant {
	const { buffer } = values().data;
	return contestant(`SDK, ${CONCURRENCY} at once`, () =>
		inLoops(buffer.byteLength / size, (i) =>
			putBare(client, bucket, `bare/${i}`, new Uint8Array(buffer as ArrayBuffer, i * size, size)),
		),
	);
}
