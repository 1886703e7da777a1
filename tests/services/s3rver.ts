/** s3rver: an S3 server of npm that takes conditions and minds none, and is wrong about ranges from the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "s3rver";
import type { S3Service } from "./setup.js";

export async function startS3rver(): Promise<S3Service & { stop(): Promise<void> }> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-s3rver-"));
	const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, vhostBuckets: false });
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
