import type { Etag, Precondition } from "./backend.js";
import type { CallOptions } from "./engine.js";

/**
 * What object services such as S3 do beyond keeping objects; the commands `tesserae s3` are made of it. It speaks of one bucket, and keys are
 * whole keys in it. A backend that has one exports `service(target, options)`, which takes what `open` takes. Absence, failures and signals
 * are told as `Backend` tells them; what a server cannot do is UNSUPPORTED.
 */
export interface ObjectService {
	/** Names the bucket in messages. */
	readonly location: string;
	/** @throws StoreError ALREADY_EXISTS */
	createBucket(options?: BucketOptions): Promise<void>;
	/** Of a bucket without objects. @throws StoreError NOT_FOUND, CONFLICT where it is not empty */
	deleteBucket(options?: ServiceCall): Promise<void>;
	/** Whether old versions of objects are kept from now on. */
	setVersioning(enabled: boolean, options?: ServiceCall): Promise<void>;
	getVersioning(options?: ServiceCall): Promise<Versioning>;
	/** What the server turns out to do when it is tried, on objects that are deleted again. */
	measure(options?: ServiceCall): Promise<ServiceAbilities>;
	/** A URL by which anybody reads the object, for so long. No request is made. @throws StoreError INVALID_ARGUMENT beyond 7 days */
	presignGet(key: string, options?: PresignOptions): Promise<string>;
	/** A URL to which anybody may PUT the object, for so long. */
	presignPut(key: string, options?: PresignPutOptions): Promise<string>;
	/** The form by which a browser may send an object. */
	presignPost(key: string, options?: PresignPostOptions): Promise<PresignedPost>;
	/** The versions of objects whose keys begin with `prefix`, newest first for each. */
	listVersions(prefix: string, options?: ServiceCall): AsyncIterable<ObjectVersionEntry>;
	/** The bytes of one version; undefined where there is none. */
	getVersion(key: string, version: string, options?: ServiceCall): Promise<ReadableStream<Uint8Array> | undefined>;
	/** Makes an old version the current one, as a new version. @throws StoreError NOT_FOUND */
	restoreVersion(key: string, version: string, options?: ServiceCall): Promise<Etag>;
	/** For ever. One that is not there is no error. */
	deleteVersion(key: string, version: string, options?: ServiceCall): Promise<void>;
	/** Uploads in parts that were begun and neither completed nor aborted: their parts take space. */
	listUploads(prefix: string, options?: ServiceCall): AsyncIterable<PendingUpload>;
	/** One that has ended is no error. */
	abortUpload(upload: Pick<PendingUpload, "key" | "id">, options?: ServiceCall): Promise<void>;
	/** Aborts those begun so long ago, and yields each when that is done. */
	abortUploads(prefix: string, options: AbortUploadsOptions): AsyncIterable<PendingUpload>;
	/** Writes an object of any length, in parts as they come; nothing remains of one that fails. */
	upload(key: string, body: AsyncIterable<Uint8Array>, options?: UploadOptions): Promise<Etag>;
	/**
	 * Copies an object, or an old version of one, within the service: the bytes do not come here. What was there is replaced.
	 * @throws StoreError NOT_FOUND
	 */
	copy(from: CopySource, to: string, options?: CopyInServiceOptions): Promise<Etag>;
	close(): Promise<void>;
}

/** `off`: never switched on. `suspended`: old versions stay, no more are kept. */
export type Versioning = "enabled" | "suspended" | "off";

export interface ServiceCall {
	readonly signal?: AbortSignal | undefined;
}

export interface BucketOptions extends ServiceCall {
	/** Keeps old versions of objects. */
	readonly versioning?: boolean | undefined;
}

export interface ServiceAbilities {
	/** An object is created by one writer only, also of several at once. */
	readonly createIfAbsent: boolean;
	/** A version is replaced by one writer only, and a version that is no longer there by none. */
	readonly compareAndSwap: boolean;
	/** A part of an object is sent where one is asked for. */
	readonly ranges: boolean;
	/** The same, counted from the end. */
	readonly suffixRanges: boolean;
	/** Many objects are deleted by one request. */
	readonly bulkDelete: boolean;
	/** Bytes that do not have the checksum that is sent with them are refused. */
	readonly checksums: boolean;
	/** Undefined where the server has none. */
	readonly versioning: Versioning | undefined;
}

export interface PresignOptions extends ServiceCall {
	/** Seconds for which it is valid, up to 604,800. Default 3600. */
	readonly expires?: number | undefined;
}

export interface PresignPutOptions extends PresignOptions {
	/** The only media type that may be sent. */
	readonly contentType?: string | undefined;
}

/** A condition of a form's policy: `["starts-with", "$Content-Type", "image/"]`, or `{ acl: "private" }`. */
export type PostCondition =
	| readonly ["eq" | "starts-with", string, string]
	| readonly ["content-length-range", number, number]
	| { readonly [name: string]: string };

export interface PresignPostOptions extends PresignOptions {
	/** Bytes that may be sent. */
	readonly maxSize?: number | undefined;
	readonly contentType?: string | undefined;
	/** Further fields of the form. */
	readonly fields?: { readonly [name: string]: string } | undefined;
	/** What else must hold of what is sent. */
	readonly conditions?: readonly PostCondition[] | undefined;
}

export interface PresignedPost {
	readonly url: string;
	readonly fields: { readonly [name: string]: string };
}

export interface ObjectVersionEntry {
	readonly key: string;
	readonly version: string;
	/** What is read where no version is asked for. */
	readonly isLatest: boolean;
	/** The object was deleted; what was there before is among the other versions. */
	readonly isDeletion: boolean;
	/** Bytes. */
	readonly size: number;
	readonly modified: Date;
}

export interface PendingUpload {
	readonly key: string;
	readonly id: string;
	readonly started: Date;
}

export interface AbortUploadsOptions extends ServiceCall {
	/** Milliseconds, or a text such as `12h` or `1d`. An upload that still runs fails when it is aborted. */
	readonly olderThan: number | string;
	/** Yields them and aborts none. */
	readonly dryRun?: boolean | undefined;
}

export interface CopySource {
	readonly key: string;
	readonly version?: string | undefined;
	/** Default: the bucket that is copied to. */
	readonly bucket?: string | undefined;
}

/** Progress counts bytes. */
export type CopyInServiceOptions = CallOptions;

export interface UploadOptions extends CallOptions {
	/** Bytes in all, where they are known. */
	readonly size?: number | undefined;
	readonly contentType?: string | undefined;
	/** @throws StoreError UNSUPPORTED where the server cannot check it in one step with the write */
	readonly when?: Precondition | undefined;
}
