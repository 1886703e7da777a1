import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { s3 } from "tesserae/backends/s3";
import { expect, test } from "vitest";
import { ceph, describeWith, newBucket } from "../services/services.js";

const PROGRAM = fileURLToPath(new URL("../../dist/examples/convolutions.js", import.meta.url));

describeWith(ceph, "the convolution example on Ceph", (service) => {
	test.each(["", "ceph://"])(
		"smooths %sBUCKET/PREFIX right, draws its chart, and leaves no dataset there",
		async (scheme) => {
			const out = await mkdtemp(join(tmpdir(), "convolutions-ceph-"));
			const options = await newBucket(service);
			const { accessKeyId, secretAccessKey } = service.credentials;
			const place = `--backend ceph --connection ${scheme}${options.bucket}/example --connection-options endpoint=${service.endpoint}`;
			const { stdout } = await promisify(execFile)(
				process.execPath,
				[PROGRAM, ...`${place} --data-sizes 24 --chunk-sizes 12 --ntest 1 --out ${out}`.split(" ")],
				{ env: { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } },
			);
			expect(stdout).toContain("· ceph ·");
			expect(stdout).toContain("right: with halo");
			expect(await readdir(out)).toEqual(expect.arrayContaining(["result.h5", "timings.svg", "timings.png"]));
			const left: string[] = [];
			for await (const entry of s3(options).list("")) left.push(entry.key);
			expect(left.filter((key) => key.startsWith("example/"))).toEqual([
				"example/convolutions/zarr.json",
				"example/zarr.json",
			]);
			await rm(out, { recursive: true });
		},
	);
});
