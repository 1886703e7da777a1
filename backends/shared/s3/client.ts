import { StoreError } from "../../../src/errors.js";
import { type Asked, failureOf, storeErrorOf } from "./failures.js";
import { leanRequests } from "./lean.js";
import type { Settings } from "./options.js";
import { sdkRequests } from "./requests.js";
import { loadSdk, newClient, type S3, secretsOf } from "./sdk.js";
import { type Transport, transport } from "./transport.js";

/** Failures after which credentials that were asked for anew may do. */
const EXPIRED = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/** Sends requests to one bucket, renews credentials that have expired, and says in the terms of `Backend` what went wrong. */
export class Client {
	readonly settings: Settings;
	/** The server verifies the checksum that a write carries; undefined before that was measured. */
	verifiesChecksums: boolean | undefined;
	/** As every server is to; false once one has not. */
	listsInOrder = true;
	#transport: Transport | undefined;
	#opened: Promise<S3> | undefined;
	/** An answer has come that there is none of where there is no bucket. */
	#bucketSeen = false;

	constructor(settings: Settings) {
		this.settings = settings;
	}

	/** @throws StoreError what the failure means */
	async ask<T>(asked: Asked, work: (s3: S3) => Promise<T>): Promise<T> {
		try {
			return await this.#attempt(work);
		} catch (error) {
			throw await this.#errorOf(error, asked);
		}
	}

	/** As `ask`, undefined where there is no such object. */
	async find<T>(asked: Asked, work: (s3: S3) => Promise<T>): Promise<T | undefined> {
		try {
			const found = await this.#attempt(work);
			this.#bucketSeen = true;
			return found;
		} catch (error) {
			const { name, status } = failureOf(error);
			if (name === "NoSuchKey") this.#bucketSeen = true;
			else if (status !== 404 || name === "NoSuchBucket") throw await this.#errorOf(error, asked);
			if (!this.#bucketSeen) await this.#requireBucket(asked);
			return undefined;
		}
	}

	close(): void {
		this.#transport?.destroy();
	}

	async #attempt<T>(work: (s3: S3) => Promise<T>): Promise<T> {
		const opened = this.#open();
		try {
			return await work(await opened);
		} catch (error) {
			const { credentials } = this.settings;
			if (!EXPIRED.includes(failureOf(error).name) || typeof credentials === "object") throw error;
			// Many requests may find out at once; the first of them begins anew.
			if (this.#opened === opened) this.#opened = undefined;
		}
		return work(await this.#open());
	}

	#open(): Promise<S3> {
		if (this.#opened === undefined) {
			const opening = this.#newS3();
			this.#opened = opening;
			opening.catch(() => {
				if (this.#opened === opening) this.#opened = undefined;
			});
		}
		return this.#opened;
	}

	async #newS3(): Promise<S3> {
		this.#transport ??= transport(this.settings);
		const sdk = await loadSdk();
		const isProtected = (): boolean => this.#isEncrypted || this.verifiesChecksums === true;
		const { settings } = this;
		const wiring = { transport: this.#transport, isProtected };
		const client = newClient(sdk, settings, wiring);
		const isLean = settings.requests === "lean";
		const requests = isLean ? await leanRequests(sdk, client, { settings, wiring }) : sdkRequests(sdk, client);
		return { sdk, client, requests };
	}

	get #isEncrypted(): boolean {
		return !this.settings.endpoint?.startsWith("http:");
	}

	/** The answer to HEAD says 404, whichever of the two is not there. */
	async #requireBucket(asked: Asked): Promise<void> {
		try {
			await this.#attempt(({ sdk, client }) =>
				client.send(new sdk.HeadBucketCommand({ Bucket: this.settings.bucket }), {
					abortSignal: asked.signal as AbortSignal,
				}),
			);
		} catch (error) {
			if (failureOf(error).status !== 404) return;
			const name = JSON.stringify(this.settings.bucket);
			throw new StoreError("NOT_FOUND", `there is no bucket ${name}: create it, or correct the name`, {
				key: asked.key,
			});
		}
		this.#bucketSeen = true;
	}

	async #errorOf(error: unknown, asked: Asked): Promise<StoreError> {
		const s3 = await this.#opened?.catch(() => undefined);
		const secrets = s3 === undefined ? [] : await secretsOf(s3);
		return storeErrorOf(error, { ...asked, secrets }, this.settings);
	}
}
