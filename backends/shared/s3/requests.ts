/** The two requests that carry objects' bytes, apart from whoever makes them: the SDK, or the lean way of `lean.ts`. */
import type { Readable } from "node:stream";
import type {
	GetObjectCommandInput,
	GetObjectCommandOutput,
	PutObjectCommandInput,
	S3Client,
} from "@aws-sdk/client-s3";

/** Where requests differ from what the SDK is asked for, the SDK is right: it is the reference. */
export interface Requests {
	get(input: GetInput, signal: AbortSignal | undefined): Promise<GetAnswer>;
	put(input: PutInput, signal: AbortSignal | undefined): Promise<PutAnswer>;
}

export type GetInput = Pick<GetObjectCommandInput, "Range" | "IfMatch"> & {
	readonly Bucket: string;
	readonly Key: string;
};

/** The head of an answer; whoever takes it reads the body to its end or destroys it. */
export type GetAnswer = Pick<
	GetObjectCommandOutput,
	"ETag" | "Metadata" | "LastModified" | "ContentLength" | "ContentRange" | "ChecksumCRC32"
> & { readonly Body: Readable; readonly $metadata: { readonly httpStatusCode?: number | undefined } };

export type PutInput = Pick<PutObjectCommandInput, "IfMatch" | "IfNoneMatch"> & {
	readonly Bucket: string;
	readonly Key: string;
	readonly Body: Uint8Array;
	readonly Metadata: Record<string, string>;
	readonly ChecksumCRC32: string;
};

export interface PutAnswer {
	readonly ETag?: string | undefined;
}

export function sdkRequests(sdk: typeof import("@aws-sdk/client-s3"), client: S3Client): Requests {
	return {
		async get(input, signal) {
			const output = await client.send(new sdk.GetObjectCommand(input), { abortSignal: signal as AbortSignal });
			return output as typeof output & { readonly Body: Readable };
		},
		put: (input, signal) => client.send(new sdk.PutObjectCommand(input), { abortSignal: signal as AbortSignal }),
	};
}
