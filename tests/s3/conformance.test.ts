import { ceph as cephBackend } from "tesserae/backends/ceph";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { backendConformance } from "tesserae/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startS3rver } from "../services/s3rver.js";
import { ceph, describeWith, newBucket, type S3Service, swift } from "../services/services.js";

function suiteOn(service: () => S3Service, factory: typeof s3): void {
	let options: S3Options;
	let stores = 0;
	beforeAll(async () => {
		options = await newBucket(service());
	});
	backendConformance(test, async () => {
		const prefix = `store-${++stores}`;
		const open = () => factory({ ...options, prefix });
		return { backend: open(), reopen: async () => open() };
	});
}

describeWith(ceph, "ceph on Ceph", (service) => suiteOn(() => service, cephBackend));

describeWith(ceph, "s3 on Ceph", (service) => suiteOn(() => service, s3));

describeWith(swift, "s3 on Swift", (service) => suiteOn(() => service, s3));

describe("s3 on s3rver", () => {
	let server: Awaited<ReturnType<typeof startS3rver>>;
	beforeAll(async () => {
		server = await startS3rver();
	});
	afterAll(() => server.stop());
	suiteOn(() => server, s3);
});
