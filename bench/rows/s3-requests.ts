import type { Backend } from "tesserae";
import { s3 } from "tesserae/backends/s3";
import { type Contestant, contestant, race } from "../support/measure.js";
import { CONCURRENCY, getBare, inLoops, putBare } from "../support/s3/bare.js";
import type { GatewayBench, GatewayGroup } from "../support/s3/bench.js";

/** Bytes of an object, and how many requests a contestant makes in one turn. */
const SIZES = {
	"4 KiB": [4096, 1000],
	"256 KiB": [2 ** 18, 400],
	"1 MiB": [2 ** 20, 128],
	"4 MiB": [2 ** 22, 48],
} as const;
type Size = keyof typeof SIZES;
/** Objects of a size: fewer than requests, so that all of them stay where the gateway has them at hand. */
const OBJECTS = 64;

/** What a request costs this process, by the SDK alone, by our backend with the SDK, and by our backend with lean requests. */
export const requests: GatewayGroup = {
	get: (bench) => compareAll(bench, "GET"),
	put: (bench) => compareAll(bench, "PUT"),
};

async function compareAll(bench: GatewayBench, method: "GET" | "PUT"): Promise<void> {
	const bucket = await bench.gateway.newBucket(`requests-${method.toLowerCase()}`);
	const stores = { sdk: s3({ bucket }), lean: s3({ bucket, requests: "lean" }) };
	for (const store of Object.values(stores)) await store.probe();
	for (const size of Object.keys(SIZES) as Size[]) await compare(bench, { bucket, method, size, stores });
	for (const store of Object.values(stores)) await store.close();
}

interface Subject {
	readonly bucket: string;
	readonly method: "GET" | "PUT";
	readonly size: Size;
	readonly stores: { readonly sdk: Backend; readonly lean: Backend };
}

async function compare({ gateway, rounds, results }: GatewayBench, subject: Subject): Promise<void> {
	const { bucket, method, size, stores } = subject;
	const [length, count] = SIZES[size];
	const bytes = new Uint8Array(length).map((_, i) => i * 31);
	const keyOf = (i: number): string => `${length}/${i % OBJECTS}`;
	await inLoops(OBJECTS, (i) => putBare(gateway.client, bucket, keyOf(i), bytes));
	const bare = contestant("SDK", () =>
		inLoops(count, async (i) => {
			if (method === "PUT") await putBare(gateway.client, bucket, keyOf(i), bytes);
			else await getBare(gateway.client, bucket, keyOf(i));
		}),
	);
	const contestants = [bare, ours("ours, SDK", stores.sdk, subject), ours("ours, lean", stores.lean, subject)];
	const medians = await race(contestants, rounds, 1);
	const base = medians.get("SDK");
	for (const { name } of contestants.slice(1)) {
		const sample = medians.get(name);
		if (sample === undefined || base === undefined) continue;
		const isLean = name === "ours, lean";
		results.rows.push({
			name: `${method} of ${size}: ${name}`,
			ours: costOf(sample, count),
			other: `SDK alone: ${costOf(base, count)}`,
			ratio: base.wall / sample.wall,
			cpuRatio: base.cpu / sample.cpu,
			goal: isLean ? "≥ 1.3 × (CPU)" : undefined,
			met: isLean ? base.cpu / sample.cpu >= 1.3 : undefined,
		});
	}
}

function ours(name: string, store: Backend, { method, size }: Subject): Contestant {
	const [length, count] = SIZES[size];
	const bytes = new Uint8Array(length).map((_, i) => i * 31);
	const free: Uint8Array[] = Array.from({ length: CONCURRENCY }, () => new Uint8Array(length));
	return contestant(name, () =>
		inLoops(count, async (i) => {
			const key = `${length}/${i % OBJECTS}`;
			if (method === "PUT") return void (await store.put(key, bytes));
			const into = free.pop() as Uint8Array;
			await store.get(key, { into });
			free.push(into);
		}),
	);
}

function costOf({ wall, cpu }: { readonly wall: number; readonly cpu: number }, count: number): string {
	return `${Number((cpu / count).toPrecision(3))} ms of CPU, ${Number(((1000 * count) / wall).toPrecision(3))}/s`;
}
