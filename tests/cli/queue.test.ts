/** `tesserae queue` and `tesserae worker` as they are typed. */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { connect, kernel } from "tesserae";
import { distributed } from "tesserae/engines/distributed";
import { expect, test } from "vitest";
import { tidyAfterEach } from "../engines/tidy.js";
import { startWorker } from "../services/redis.js";
import { describeWith, redis } from "../services/services.js";
import { tesserae } from "./command-line.js";

const KERNELS = new URL("../engines/processes/distributed-kernels.mjs", import.meta.url);
const kernels = fileURLToPath(new URL("../engines/processes", import.meta.url));

const { opened, directory } = tidyAfterEach();

test("what is wrong is told before anything is done", async () => {
	for (const [args, status, message] of [
		[["queue", "end"], 2, /end is no action: list, follow or cancel/],
		[["queue", "follow"], 2, /follow takes the id of a call/],
		[["queue", "--redis", "localhost"], 1, /INVALID_ARGUMENT: redis is a URL/],
		[["worker"], 1, /INVALID_ARGUMENT: .*TESSERAE_REDIS/],
		[
			["worker", "--redis", "redis://localhost", "--kernels", "/nowhere"],
			1,
			/directory of kernels \/nowhere is not there/,
		],
		[["worker", "--redis", "redis://localhost", "--concurrency", "0"], 2, /whole number above 0/],
	] as const)
		expect(await tesserae(args), args.join(" ")).toMatchObject({ status, stderr: expect.stringMatching(message) });
});

describeWith(redis, "tesserae queue", ({ url }) => {
	async function begin(): Promise<{ flags: string[]; mapping: Promise<unknown> }> {
		const queue = `cli-${randomUUID()}`;
		const path = await directory();
		await startWorker({ redis: url, queue, args: ["--kernels", kernels] });
		const engine = distributed({ redis: url, queue });
		const con = await connect(`file:${path}/store`, { engine, durability: "none" });
		opened.push(con);
		const ds = await con.createDataset("a", { data: { data: new Float32Array(64), shape: [64] }, chunkShape: [1] });
		const mapping = ds.map(kernel(KERNELS, "slowly", { ms: 100 }), "b").catch((error) => error);
		const flags = ["--redis", url, "--queue", queue];
		while (JSON.parse((await tesserae(["queue", "--json", ...flags])).stdout).calls.length === 0);
		return { flags, mapping };
	}

	test("is looked at by tesserae doctor, and used by tesserae bench", async () => {
		const [queue, env] = [`cli-${randomUUID()}`, { TESSERAE_REDIS: url }];
		const looked = async (): Promise<unknown> => {
			const { stdout } = await tesserae(["doctor", "--json", "--redis", url, "--queue", queue]);
			return JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === "engine distributed");
		};
		expect(await looked()).toMatchObject({ state: "doubtful", text: "Redis answers, 0 workers" });
		await startWorker({ redis: url, queue, args: ["--kernels", kernels, "--concurrency", "2"] });
		expect(await looked()).toMatchObject({ state: "ok", text: "Redis answers, 1 worker, 2 at once" });
		const args = ["bench", "--engine", "distributed", "--size", "64KiB", "--rounds", "1", "--json"];
		const { status, stdout } = await tesserae(args, { env: { ...env, TESSERAE_QUEUE: queue } });
		expect(status).toBe(0);
		const rows = (JSON.parse(stdout) as { measured: { backend: string }[] }).measured;
		expect(new Set(rows.map(({ backend }) => backend))).toEqual(new Set(["sqlite", "file"]));
	});

	test("lists a call, with its worker, and follows it to its end", async () => {
		const { flags, mapping } = await begin();
		const listed = await tesserae(["queue", ...flags]);
		expect(listed.status).toBe(0);
		expect(listed.stdout).toMatch(/^[0-9a-f]{8}\topen\tmap\tb\t\d+ of 64\t/);
		expect(listed.stdout).toMatch(/\n[0-9a-f]{8}\t.*\t\d of 1\t\d+\.\d+\.\d+\n$/);
		const followed = await tesserae(["queue", "follow", listed.stdout.slice(0, 8), ...flags]);
		expect(followed).toMatchObject({ status: 0, stdout: expect.stringMatching(/^done: 64 of 64 chunks\n$/) });
		expect(await mapping).not.toBeInstanceOf(Error);
	});

	test("cancels a call by the beginning of its id", async () => {
		const { flags, mapping } = await begin();
		const { calls } = JSON.parse((await tesserae(["queue", "--json", ...flags])).stdout);
		const followed = tesserae(["queue", "follow", calls[0].id, ...flags]);
		const cancelled = await tesserae(["queue", "cancel", calls[0].id.slice(0, 6), ...flags]);
		expect(cancelled).toMatchObject({ status: 0, stdout: `cancelled ${calls[0].id}\n` });
		expect(await mapping).toMatchObject({ code: "ABORTED" });
		expect(await followed).toMatchObject({ status: 1, stderr: expect.stringMatching(/ABORTED/) });
		const unknown = await tesserae(["queue", "cancel", "nobody", ...flags]);
		expect(unknown).toMatchObject({ status: 1, stderr: expect.stringMatching(/NOT_FOUND: there is no call nobody/) });
	});

	test("says so where no worker answers", async () => {
		const { status, stdout, stderr } = await tesserae(["queue", "--redis", url, "--queue", `cli-${randomUUID()}`]);
		expect({ status, stdout, stderr }).toEqual({
			status: 0,
			stdout: "",
			stderr: expect.stringMatching(/no worker answers/),
		});
	});
});
