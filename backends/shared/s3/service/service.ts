import type { Etag } from "../../../../src/backend.js";
import { isStoreError } from "../../../../src/errors.js";
import type {
	AbortUploadsOptions,
	BucketOptions,
	CopyInServiceOptions,
	CopySource,
	ObjectService,
	ObjectVersionEntry,
	PendingUpload,
	PresignedPost,
	PresignOptions,
	PresignPostOptions,
	PresignPutOptions,
	ServiceAbilities,
	ServiceCall,
	UploadOptions,
	Versioning,
} from "../../../../src/object-service.js";
import { Measurements } from "../measurements.js";
import { checkOptions, invalid, type S3Options } from "../options.js";
import * as buckets from "./buckets.js";
import { Calls } from "./calls.js";
import { copy } from "./copying.js";
import * as versions from "./object-versions.js";
import * as uploads from "./pending-uploads.js";
import * as signed from "./presign.js";
import { upload } from "./uploading.js";

/** What the service that `options` name does with their bucket. @throws StoreError INVALID_ARGUMENT, also for a prefix: keys are whole keys here */
export function objectService(name: "s3" | "ceph", options: S3Options): ObjectService {
	const settings = checkOptions(options);
	const location = `${name}://${settings.bucket}`;
	if (settings.prefix !== "")
		throw invalid(`${location}/${settings.prefix}: a service is asked about a whole bucket: write ${location}`);
	return new BucketService(new Calls(settings, location));
}

class BucketService implements ObjectService {
	readonly location: string;
	readonly #calls: Calls;
	readonly #measurements: Measurements;

	constructor(calls: Calls) {
		this.location = calls.location;
		this.#calls = calls;
		this.#measurements = new Measurements(calls.client);
	}

	createBucket(options: BucketOptions = {}): Promise<void> {
		return buckets.createBucket(this.#calls, options);
	}

	deleteBucket(options: ServiceCall = {}): Promise<void> {
		return buckets.deleteBucket(this.#calls, options);
	}

	getVersioning(options: ServiceCall = {}): Promise<Versioning> {
		return buckets.getVersioning(this.#calls, options);
	}

	async setVersioning(enabled: boolean, options: ServiceCall = {}): Promise<void> {
		try {
			await buckets.setVersioning(this.#calls, enabled, options);
		} finally {
			this.#measurements.forget();
		}
	}

	async measure({ signal }: ServiceCall = {}): Promise<ServiceAbilities> {
		const { suffixes, verifiesChecksums, quotesEtags: _, ...others } = await this.#measurements.take(signal);
		const versioning = await this.getVersioning({ signal }).catch((error: unknown) => {
			if (isStoreError(error, "UNSUPPORTED") || isStoreError(error, "FORBIDDEN")) return undefined;
			throw error;
		});
		return { ...others, suffixRanges: suffixes, checksums: verifiesChecksums, versioning };
	}

	presignGet(key: string, options: PresignOptions = {}): Promise<string> {
		return signed.presignGet(this.#calls, key, options);
	}

	presignPut(key: string, options: PresignPutOptions = {}): Promise<string> {
		return signed.presignPut(this.#calls, key, options);
	}

	presignPost(key: string, options: PresignPostOptions = {}): Promise<PresignedPost> {
		return signed.presignPost(this.#calls, key, options);
	}

	listVersions(prefix: string, options: ServiceCall = {}): AsyncIterable<ObjectVersionEntry> {
		return versions.listVersions(this.#calls, prefix, options);
	}

	getVersion(key: string, version: string, options: ServiceCall = {}): Promise<ReadableStream<Uint8Array> | undefined> {
		return versions.getVersion(this.#calls, key, version, options);
	}

	restoreVersion(key: string, version: string, options: ServiceCall = {}): Promise<Etag> {
		return versions.restoreVersion(this.#calls, key, version, options);
	}

	deleteVersion(key: string, version: string, options: ServiceCall = {}): Promise<void> {
		return versions.deleteVersion(this.#calls, key, version, options);
	}

	listUploads(prefix: string, options: ServiceCall = {}): AsyncIterable<PendingUpload> {
		return uploads.listUploads(this.#calls, prefix, options);
	}

	abortUpload(pending: Pick<PendingUpload, "key" | "id">, options: ServiceCall = {}): Promise<void> {
		return uploads.abortUpload(this.#calls, pending, options);
	}

	abortUploads(prefix: string, options: AbortUploadsOptions): AsyncIterable<PendingUpload> {
		return uploads.abortUploads(this.#calls, prefix, options);
	}

	upload(key: string, body: AsyncIterable<Uint8Array>, options: UploadOptions = {}): Promise<Etag> {
		return upload(this.#calls, this.#measurements, key, body, options);
	}

	copy(from: CopySource, to: string, options: CopyInServiceOptions = {}): Promise<Etag> {
		return copy(this.#calls, from, to, options);
	}

	async close(): Promise<void> {
		this.#calls.close();
	}
}
