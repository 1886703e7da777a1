import type { S3 } from "./sdk.js";

/** Deletes for ever what a bucket that keeps versions keeps of objects that were deleted. What cannot be deleted is left. */
export async function deleteVersions({ sdk, client }: S3, bucket: string, prefix: string): Promise<void> {
	const { Versions = [], DeleteMarkers = [] } = await client.send(
		new sdk.ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }),
	);
	const left = [...Versions, ...DeleteMarkers];
	await Promise.allSettled(
		left.map(({ Key, VersionId }) => client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key, VersionId }))),
	);
}
