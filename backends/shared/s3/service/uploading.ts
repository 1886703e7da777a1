import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Etag } from "../../../../src/backend.js";
import { isStoreError, StoreError } from "../../../../src/errors.js";
import type { UploadOptions } from "../../../../src/object-service.js";
import { storedName } from "../keys.js";
import type { Measurements } from "../measurements.js";
import { Writer } from "../writing.js";
import type { Calls } from "./calls.js";
import { requireCheckedCompletion } from "./completion.js";
import { loadPackage } from "./packages.js";
import { PartSender } from "./part-sender.js";
import { piecesOf } from "./pieces.js";

/** S3 takes no more parts of one object. */
const MOST_PARTS = 10_000;

/**
 * Writes a stream of any length: parts of it are sent as they fill up, several at once, so that memory holds no more than these. What fits in one part
 * is one write. After a failure, or when it is cancelled, nothing is left of it: neither an object nor parts.
 * @throws StoreError, and what the stream fails with
 */
export async function upload(
	calls: Calls,
	measurements: Measurements,
	key: string,
	body: AsyncIterable<Uint8Array>,
	options: UploadOptions,
): Promise<Etag> {
	const { size, when, signal, contentType } = options;
	calls.enter(signal);
	const name = storedName(calls.settings.prefix, key);
	const { Upload } = await loadPackage("@aws-sdk/lib-storage", "an upload in parts");
	const partSize = partSizeFor(calls, size);
	if (when !== undefined && (size ?? Number.POSITIVE_INFINITY) > partSize)
		await requireCheckedCompletion(calls, { when, key, measured: await measurements.take(signal), signal });
	calls.client.verifiesChecksums ??= measurements.known?.verifiesChecksums;
	const sender = new PartSender(calls, { ...options, key, name, writer: new Writer(calls.client), measurements });
	const limits = { key, size, most: partSize * MOST_PARTS, signal };
	const source = Readable.from(piecesOf(body, limits), { objectMode: false });
	try {
		// It fails once all that it had begun has ended, and it has taken back what was sent.
		await new Upload({
			client: sender as unknown as S3Client,
			params: {
				...calls.bucket,
				Key: name,
				Body: source,
				...(contentType !== undefined && { ContentType: contentType }),
			},
			queueSize: calls.settings.multipart.concurrency,
			partSize,
		}).done();
	} catch (error) {
		// Parts that end because another failed may be heard of first.
		throw isStoreError(error, "ABORTED") && signal?.aborted !== true ? (sender.failure ?? error) : error;
	} finally {
		source.destroy();
	}
	return sender.etag;
}

/** As large as it must be for all parts to be taken. */
function partSizeFor({ settings }: Calls, size: number | undefined): number {
	const { partSize } = settings.multipart;
	if (size === undefined) return partSize;
	if (Number.isSafeInteger(size) && size >= 0) return Math.max(partSize, Math.ceil(size / MOST_PARTS));
	throw new StoreError("INVALID_ARGUMENT", `size is a whole number of bytes, not ${JSON.stringify(size)}`);
}
