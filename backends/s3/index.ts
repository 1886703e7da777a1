import type { Backend } from "../../src/backend.js";
import type { ObjectService } from "../../src/object-service.js";
import { type FromConnection, optionsOf, s3Backend } from "../shared/s3/factory.js";
import type { S3Options } from "../shared/s3/options.js";
import { objectService } from "../shared/s3/service/service.js";

export type { MultipartOptions, S3Credentials, S3Options } from "../shared/s3/options.js";

/**
 * The objects of a bucket, under a prefix, of Amazon S3 or any service that speaks its protocol. What that service can do is measured where a write
 * depends on it, never taken on trust. Needs the package `@aws-sdk/client-s3`.
 * @throws StoreError INVALID_ARGUMENT
 */
export function s3(options: S3Options): Backend {
	return s3Backend("s3", options);
}

/**
 * Opens `s3://BUCKET/PREFIX`, given as `//BUCKET/PREFIX`.
 * @throws StoreError INVALID_ARGUMENT on an unknown option, listing the known ones
 */
export function open(target: string, options: Record<string, unknown> = {}, asked: FromConnection = {}): Backend {
	return s3Backend("s3", optionsOf("s3", target, { ...options, asked }), asked.spec);
}

/**
 * What the service of `s3://BUCKET`, given as `//BUCKET` or as options, does beyond keeping objects: signed URLs, buckets, versions, uploads, copies.
 * @throws StoreError INVALID_ARGUMENT
 */
export function service(
	target: string | S3Options,
	options: Record<string, unknown> = {},
	asked: FromConnection = {},
): ObjectService {
	return objectService("s3", typeof target === "string" ? optionsOf("s3", target, { ...options, asked }) : target);
}
