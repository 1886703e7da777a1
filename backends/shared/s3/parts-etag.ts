import { createHash } from "node:crypto";
import type { CompletedPart } from "@aws-sdk/client-s3";
import { bare } from "./versions.js";

/** The etag of an object in parts as Amazon and Ceph make it, which Ceph leaves empty in its answer: the MD5 of the parts' MD5, and how many. */
export function etagOfParts(parts: readonly CompletedPart[]): string {
	const hash = createHash("md5");
	for (const { ETag = "" } of parts) hash.update(Buffer.from(bare(ETag), "hex"));
	return `${hash.digest("hex")}-${parts.length}`;
}
