import { connect } from "tesserae";
import { threads } from "tesserae/engines/threads";
import { afterEach, expect, test, vi } from "vitest";
import { startS3rver } from "../services/s3rver.js";
import { newBucket } from "../services/services.js";

afterEach(() => void vi.unstubAllEnvs());

test("credentials that come into the environment after worker threads were started are found there", async () => {
	const engine = threads({ workers: 3 });
	const elsewhere = await connect("ram:", { engine });
	await elsewhere.createDataset("a", { data: { data: new Float32Array(1000), shape: [1000] }, chunkShape: [100] });

	const service = await startS3rver();
	vi.stubEnv("AWS_ACCESS_KEY_ID", service.credentials.accessKeyId);
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", service.credentials.secretAccessKey);
	const { bucket } = await newBucket(service);
	const con = await connect(`s3://${bucket}/store`, { engine, endpoint: service.endpoint });
	const values = Float32Array.from({ length: 1000 }, (_, i) => i);
	const ds = await con.createDataset("a", { data: { data: values, shape: [1000] }, chunkShape: [100] });
	expect([...(await ds.get()).data]).toEqual([...values]);
	await con.close();
	await elsewhere.close();
	await service.stop();
});
