/** The limit: the SDK's own calls in a loop, so many at once as our backends make. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

/** Requests at once: the default of our backends. */
export const CONCURRENCY = 32;

/** Runs `work` for 0, 1, … `count - 1`. */
export async function inLoops(count: number, work: (i: number) => Promise<void>): Promise<void> {
	let next = 0;
	const loop = async (): Promise<void> => {
		while (next < count) await work(next++);
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, loop));
}

export async function getBare(client: S3Client, bucket: string, key: string): Promise<Uint8Array> {
	const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
	return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

export async function putBare(client: S3Client, bucket: string, key: string, bytes: Uint8Array): Promise<void> {
	await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
}
