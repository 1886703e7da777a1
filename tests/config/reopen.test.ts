/** Where a cluster's keys are in the configuration file, workers read them there: they open the store themselves, and no key travels. */
import { type BackendSpec, connect } from "tesserae";
import { afterEach, expect, test, vi } from "vitest";
import { openSpec } from "../../dist/src/open-spec.js";
import { startS3rver } from "../services/s3rver.js";
import { newBucket } from "../services/services.js";
import { emptyHome } from "./files.js";

const home = emptyHome();
afterEach(() => void vi.unstubAllEnvs());

test("a store of a cluster is opened again by the file, without its keys", async () => {
	for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
	const service = await startS3rver();
	const { accessKeyId, secretAccessKey } = service.credentials;
	const { bucket } = await newBucket(service);
	const keys = `access_key_id = "${accessKeyId}"\nsecret_access_key = "${secretAccessKey}"`;
	await home.write("work/tesserae.toml", `[clusters.lab]\nendpoint = "${service.endpoint}"\n${keys}\n`);

	const con = await connect(`lab:s3://${bucket}/deep`, { engine: "threads", workers: 2 });
	const values = Float32Array.from({ length: 1000 }, (_, i) => i);
	const ds = await con.createDataset("a", { data: { data: values, shape: [1000] }, chunkShape: [100] });
	expect([...(await ds.get()).data]).toEqual([...values]);

	const spec = con.backend.spec as BackendSpec;
	expect(con.supports.sharedBetweenProcesses).toBe(true);
	expect(JSON.stringify(spec)).not.toContain("S3RVER");
	const again = await openSpec(structuredClone(spec));
	expect((await again.get("a/zarr.json"))?.parts).toEqual((await con.backend.get("a/zarr.json"))?.parts);
	expect(again.location).toBe(con.backend.location);
	await again.close();
	await con.close();

	const given = await connect(`lab:s3://${bucket}/deep`, { credentials: service.credentials });
	expect(given.backend.spec).toBeUndefined();
	await given.close();
	await service.stop();
});
