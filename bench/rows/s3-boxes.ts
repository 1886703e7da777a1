import { connect } from "tesserae";
import { type Contestant, race } from "../support/measure.js";
import type { Box, ReadCommand } from "../support/peers/commands.js";
import { SideProcess } from "../support/peers/side-process.js";
import type { Side } from "../support/peers/sides.js";
import { randomNumbers } from "../support/random.js";
import type { GatewayBench, GatewayGroup } from "../support/s3/bench.js";
import { startCounting, type Traffic } from "../support/s3/counting-proxy.js";
import { installedGatewaySides } from "../support/s3/sides.js";

const EDGE = 256;
const [INNER, SHARD, BOX] = [32, 128, 32];
const COUNT = 1000;
/** Boxes at once. */
const AT_ONCE = 8;

/** Boxes of 32³ at random places of a sharded array of uint16: zstd, 32³ in shards of 128³. */
export const boxes: GatewayGroup = { random: compare };

async function compare(bench: GatewayBench): Promise<void> {
	const { gateway, results, rounds } = bench;
	const bucket = await gateway.newBucket("boxes");
	await writeVolume(`s3://${bucket}/volume`);
	const command: ReadCommand = {
		what: "read",
		path: `${bucket}/volume`,
		selections: boxesOf(COUNT),
		concurrency: AT_ONCE,
	};
	const sides = installedGatewaySides(results.omissions);
	const traffic = await trafficOf(bench, sides, command);
	const running = sides.map((side) => ({ side, process: new SideProcess(side) }));
	for (const { process } of running) Object.assign(results.peers, await process.versions());
	const contestants = running.map(
		({ side, process }): Contestant => ({ name: side.name, run: () => process.work(command) }),
	);
	const medians = await race(contestants, rounds, 1);
	for (const { process } of running) await process.stop();
	const [ours] = sides;
	for (const [name, { wall, cpu }] of medians) {
		const mine = medians.get(ours?.name ?? "");
		if (name === ours?.name || mine === undefined) continue;
		results.rows.push({
			name: `${COUNT} random boxes of ${BOX}³: ${ours?.name}`,
			ours: inSeconds(mine.wall),
			other: `${name}: ${inSeconds(wall)}`,
			ratio: wall / mine.wall,
			cpuRatio: cpu / mine.cpu,
			goal: undefined,
			met: undefined,
		});
	}
	results.tables.push({
		title: `${COUNT} random boxes of ${BOX}³, ${AT_ONCE} at once: uint16 ${EDGE}³, zstd, ${INNER}³ in shards of ${SHARD}³`,
		headings: ["side", "time", "CPU", "requests", "MiB received"],
		lines: sides.map(({ name }) => {
			const { wall = Number.NaN, cpu = Number.NaN } = medians.get(name) ?? {};
			const { requests, bytes } = traffic.get(name) ?? { requests: 0, bytes: 0 };
			return [name, inSeconds(wall), inSeconds(cpu), String(requests), (bytes / 2 ** 20).toFixed(1)];
		}),
	});
}

async function writeVolume(target: string): Promise<void> {
	const data = new Uint16Array(EDGE ** 3);
	for (let i = 0; i < data.length; i++) {
		const [z, y, x] = [Math.floor(i / EDGE ** 2), Math.floor(i / EDGE) % EDGE, i % EDGE];
		// Noise of 4 bits, so that a chunk does not shrink to next to nothing.
		data[i] = x + Math.floor(y ** 2 / 32) + z ** 3 + (Math.imul(i, 0x9e3779b1) >>> 28);
	}
	await using connection = await connect(target);
	const zstd = { name: "zstd", configuration: { level: 0, checksum: false } };
	const [chunkShape, shardShape] = [INNER, SHARD].map((edge) => [edge, edge, edge]) as [number[], number[]];
	await connection.createDataset("", {
		data: { data, shape: [EDGE, EDGE, EDGE] },
		chunkShape,
		shardShape,
		codecs: [zstd],
	});
}

function boxesOf(count: number): Box[] {
	const random = randomNumbers(1);
	const span = (): readonly [number, number, number] => {
		const start = Math.floor(random() * (EDGE - BOX + 1));
		return [start, start + BOX, 1];
	};
	return Array.from({ length: count }, () => [span(), span(), span()]);
}

/** Once by each, in a process that has just begun, past a proxy that counts; all must have read the same values. */
async function trafficOf(
	{ gateway }: GatewayBench,
	sides: readonly Side[],
	command: ReadCommand,
): Promise<Map<string, Traffic>> {
	await using proxy = await startCounting(gateway.endpoint);
	process.env.AWS_ENDPOINT_URL_S3 = proxy.endpoint;
	const traffic = new Map<string, Traffic>();
	const digests = new Set<string | undefined>();
	for (const side of sides) {
		console.error(`  ${side.name}`);
		const running = new SideProcess(side);
		digests.add((await running.work({ ...command, digest: true })).digest);
		traffic.set(side.name, proxy.take());
		await running.stop();
		if (digests.size !== 1) throw new Error(`random boxes: the values of ${side.name} are others`);
	}
	process.env.AWS_ENDPOINT_URL_S3 = gateway.endpoint;
	return traffic;
}

function inSeconds(milliseconds: number): string {
	return `${Number((milliseconds / 1000).toPrecision(3))} s`;
}
