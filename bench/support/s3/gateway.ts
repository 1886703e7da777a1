import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { temporaryDirectory } from "../place.js";

/** A Ceph of one node that keeps objects in memory, with one gateway. */
export interface Gateway extends AsyncDisposable {
	readonly endpoint: string;
	/** As a program without us would have it: with the SDK's own defaults, as far as Ceph takes what they send. */
	readonly client: S3Client;
	/** Of the gateway. */
	readonly version: string;
	/** @returns its name; whoever knows an object's name may read it without credentials */
	newBucket(name: string): Promise<string>;
}

/**
 * Starts the gateway, and puts where it is and who we are into the environment, where our backends, worker threads and the other programs find it.
 * @throws where Ceph is not installed, with what to install
 */
export async function startGateway(): Promise<Gateway> {
	const { directory, remove } = await temporaryDirectory();
	const place = join(directory, "ceph");
	const stop = async (): Promise<void> => {
		await promisify(execFile)(script("down"), [place]).catch(() => {});
		await remove();
	};
	try {
		const { stdout } = await promisify(execFile)(script("up"), [place]);
		const told = new Map(stdout.split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));
		for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]) process.env[name] = told.get(name);
		const endpoint = told.get("S3_ENDPOINT") as string;
		process.env.AWS_ENDPOINT_URL_S3 = endpoint;
		const client = newClient();
		const newBucket = async (name: string): Promise<string> => {
			await client.send(new CreateBucketCommand({ Bucket: name }));
			await client.send(new PutBucketPolicyCommand({ Bucket: name, Policy: readableByAll(name) }));
			return name;
		};
		return { endpoint, client, version: await versionOf(), newBucket, [Symbol.asyncDispose]: stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** By the environment. Streams with the SDK's checksums get 411 from Ceph. */
function newClient(): S3Client {
	return new S3Client({ forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });
}

/** Who may not list a bucket is told 403 of what is not there. */
function readableByAll(bucket: string): string {
	const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
	const statement = { Effect: "Allow", Principal: "*", Action: ["s3:GetObject", "s3:ListBucket"], Resource };
	return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

async function versionOf(): Promise<string> {
	const { stdout } = await promisify(execFile)("radosgw", ["--version"]);
	return stdout.split(" ")[2] ?? "unknown";
}

function script(what: "up" | "down"): string {
	return fileURLToPath(new URL(`../../../../tests/services/ceph-${what}.sh`, import.meta.url));
}
