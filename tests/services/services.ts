import { randomUUID } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { S3Options } from "tesserae/backends/s3";
import { describe, inject } from "vitest";
import type { RedisService, S3Service } from "./setup.js";

export type { RedisService, S3Service } from "./setup.js";

export const ceph: S3Service | undefined = inject("ceph");
export const swift: S3Service | undefined = inject("swift");
export const redis: RedisService | undefined = inject("redis");

/** Who is to make the requests that read and write objects: files of tests that end in `-lean` set it for those that they run again. */
export const requests: "sdk" | "lean" = process.env.TESSERAE_TEST_REQUESTS === "lean" ? "lean" : "sdk";

/** Tests that need a server; skipped, with the reason, where none was asked for. */
export function describeWith<Service>(
	service: Service | undefined,
	name: string,
	body: (service: Service) => void,
): void {
	if (service === undefined) describe.skip(`${name} (needs servers: ./run_tests.sh --with-services)`, () => {});
	else describe(name, () => body(service));
}

export function clientOf({ endpoint, credentials }: Pick<S3Service, "endpoint" | "credentials">): S3Client {
	return new S3Client({
		endpoint,
		credentials,
		region: "us-east-1",
		forcePathStyle: true,
		requestChecksumCalculation: "WHEN_REQUIRED",
	});
}

/** A new bucket of a service, as the options of a backend that is over it. */
export async function newBucket(service: Pick<S3Service, "endpoint" | "credentials">): Promise<S3Options> {
	const bucket = `tesserae-${randomUUID()}`;
	await clientOf(service).send(new CreateBucketCommand({ Bucket: bucket }));
	return { bucket, endpoint: service.endpoint, credentials: service.credentials, requests };
}
