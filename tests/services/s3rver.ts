/** s3rver: an S3 server of npm that takes conditions and minds none, and is wrong about ranges from the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3Service } from "./setup.js";

interface S3rver {
	run(): Promise<AddressInfo>;
	close(): Promise<void>;
}

const Server = createRequire(import.meta.url)("s3rver") as new (options: object) => S3rver;

export async function startS3rver(): Promise<S3Service & { stop(): Promise<void> }> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-s3rver-"));
	const server = new Server({ address: "127.0.0.1", port: 0, silent: true, directory, vhostBuckets: false });
	const { port } = await server.run();
	return {
		endpoint: `http://127.0.0.1:${port}`,
		secondEndpoint: undefined,
		credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
		async stop() {
			await server.close();
			await rm(directory, { recursive: true, force: true });
		},
	};
}
