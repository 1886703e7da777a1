import type { Backend } from "../../src/backend.js";
import { StoreError } from "../../src/errors.js";
import type { ObjectService } from "../../src/object-service.js";
import { endpointOf } from "../shared/s3/endpoint.js";
import { type FromConnection, optionsOf, s3Backend } from "../shared/s3/factory.js";
import type { S3Options } from "../shared/s3/options.js";
import { objectService } from "../shared/s3/service/service.js";

/**
 * The objects of a bucket, under a prefix, of a Ceph cluster, through its RADOS Gateway. All that sets it apart from `s3` is measured, but that it
 * needs an endpoint: without one, bytes would go to Amazon. Needs the package `@aws-sdk/client-s3`.
 * @throws StoreError INVALID_ARGUMENT
 */
export function ceph(options: S3Options): Backend {
	return s3Backend("ceph", withEndpoint(options));
}

/**
 * Opens `ceph://BUCKET/PREFIX`, given as `//BUCKET/PREFIX`.
 * @throws StoreError INVALID_ARGUMENT on an unknown option, listing the known ones
 */
export function open(target: string, options: Record<string, unknown> = {}, asked: FromConnection = {}): Backend {
	return s3Backend("ceph", withEndpoint(optionsOf("ceph", target, { ...options, asked })), asked.spec);
}

/**
 * What the gateway of `ceph://BUCKET`, given as `//BUCKET` or as options, does beyond keeping objects: signed URLs, buckets, versions, uploads, copies.
 * @throws StoreError INVALID_ARGUMENT
 */
export function service(
	target: string | S3Options,
	options: Record<string, unknown> = {},
	asked: FromConnection = {},
): ObjectService {
	const given = typeof target === "string" ? optionsOf("ceph", target, { ...options, asked }) : target;
	return objectService("ceph", withEndpoint(given));
}

function withEndpoint(options: S3Options): S3Options {
	const endpoint = endpointOf(options.endpoint);
	if (endpoint !== undefined) return { ...options, endpoint };
	throw new StoreError(
		"INVALID_ARGUMENT",
		"ceph needs the address of a gateway: pass endpoint, such as http://gateway:7480, or set AWS_ENDPOINT_URL_S3",
	);
}
