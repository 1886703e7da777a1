/** The part of s3rver, which has no types, that tests use. */
declare module "s3rver" {
	import type { AddressInfo } from "node:net";

	// biome-ignore lint/style/noDefaultExport: that is how the package exports it
	export default class S3rver {
		constructor(options: object);
		run(): Promise<AddressInfo>;
		close(): Promise<void>;
	}
}
