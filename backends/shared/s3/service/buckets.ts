import { isStoreError, StoreError } from "../../../../src/errors.js";
import type { BucketOptions, ServiceCall, Versioning } from "../../../../src/object-service.js";
import { type Calls, causeOf } from "./calls.js";

/** Amazon's first region, which a bucket is not told to be in. */
const UNNAMED_REGION = "us-east-1";

/** @throws StoreError ALREADY_EXISTS, whoever has it; UNSUPPORTED, and no bucket remains, where it is to keep versions and cannot */
export async function createBucket(calls: Calls, { versioning = false, signal }: BucketOptions): Promise<void> {
	// Asked for a bucket that one has already, most servers say that it was made.
	if (await isTaken(calls, signal)) throw taken(calls);
	try {
		await calls.ask({ operation: "put", what: "created", key: nameOf(calls), signal }, async (s3, options) => {
			const region = calls.settings.endpoint === undefined ? await s3.client.config.region() : UNNAMED_REGION;
			const where = region === UNNAMED_REGION ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
			await s3.client.send(new s3.sdk.CreateBucketCommand({ ...calls.bucket, ...(where as object) }), options);
		});
	} catch (error) {
		throw /^BucketAlready/.test(causeOf(error).name ?? "") ? taken(calls) : error;
	}
	if (!versioning) return;
	try {
		await setVersioning(calls, true, { signal });
	} catch (error) {
		await deleteBucket(calls, {}).catch(() => undefined);
		throw error;
	}
}

/** Also one of somebody else, which answers that it is not for us. */
async function isTaken(calls: Calls, signal: AbortSignal | undefined): Promise<boolean> {
	try {
		await calls.ask({ operation: "head", what: "looked for", key: nameOf(calls), signal }, ({ sdk, client }, options) =>
			client.send(new sdk.HeadBucketCommand(calls.bucket), options),
		);
		return true;
	} catch (error) {
		if (isStoreError(error, "NOT_FOUND")) return false;
		// A wrong signature is refused, too; that is told when the bucket is to be made.
		if (isStoreError(error, "FORBIDDEN")) return false;
		throw error;
	}
}

/** @throws StoreError NOT_FOUND, CONFLICT where it is not empty */
export async function deleteBucket(calls: Calls, { signal }: ServiceCall): Promise<void> {
	try {
		await calls.ask({ operation: "delete", what: "deleted", key: nameOf(calls), signal }, ({ sdk, client }, options) =>
			client.send(new sdk.DeleteBucketCommand(calls.bucket), options),
		);
	} catch (error) {
		if (causeOf(error).name !== "BucketNotEmpty") throw error;
		throw new StoreError(
			"CONFLICT",
			`${calls.location} is not empty: delete its objects first, and where it keeps versions, those too`,
			{ cause: (error as Error).cause },
		);
	}
}

const FEATURE = "versioning of objects";

export async function getVersioning(calls: Calls, { signal }: ServiceCall): Promise<Versioning> {
	const question = { operation: "head", what: "asked for its versioning", key: nameOf(calls), signal } as const;
	const { Status } = await calls.askPerhaps({ ...question, feature: FEATURE }, ({ sdk, client }, options) =>
		client.send(new sdk.GetBucketVersioningCommand(calls.bucket), options),
	);
	return Status === "Enabled" ? "enabled" : Status === "Suspended" ? "suspended" : "off";
}

/** @throws StoreError UNSUPPORTED, also where the server says that it did and did not */
export async function setVersioning(calls: Calls, enabled: boolean, { signal }: ServiceCall): Promise<void> {
	// It cannot be switched off where it never was on.
	if (!enabled && (await getVersioning(calls, { signal })) === "off") return;
	const Status = enabled ? ("Enabled" as const) : ("Suspended" as const);
	const question = { operation: "put", what: "told to keep versions", key: nameOf(calls), signal } as const;
	await calls.askPerhaps({ ...question, feature: FEATURE }, ({ sdk, client }, options) =>
		client.send(new sdk.PutBucketVersioningCommand({ ...calls.bucket, VersioningConfiguration: { Status } }), options),
	);
	if ((await getVersioning(calls, { signal })) === (enabled ? "enabled" : "suspended")) return;
	throw new StoreError("UNSUPPORTED", `${calls.location}: this server has no ${FEATURE}, although it says that it has`);
}

function taken(calls: Calls): StoreError {
	return new StoreError("ALREADY_EXISTS", `${calls.location} is there already: choose another name`);
}

function nameOf({ settings }: Calls): string {
	return settings.bucket;
}
