/** An object service that answers always the same, and notes down what it was asked. */
import { appendFileSync } from "node:fs";

const DAY = 24 * 3600 * 1000;
const uploads = [
	{ key: "big.bin", id: "u1", started: new Date(Date.now() - 2 * DAY) },
	{ key: "new.bin", id: "u2", started: new Date() },
];
const old = { key: "a", version: "v1", isLatest: false, isDeletion: false, size: 3, modified: new Date(0) };
const deleted = { ...old, version: "v2", isLatest: true, isDeletion: true, size: 0 };

/** Notes a call, without what is no JSON. */
function note(name, ...args) {
	const plain = args.map((arg) => (typeof arg === "object" && arg !== null ? { ...arg, signal: undefined } : arg));
	appendFileSync(process.env.SERVICE_NOTES, `${JSON.stringify([name, ...plain])}\n`);
}

async function* each(values) {
	yield* values;
}

export function service(target, options) {
	note("service", target, options);
	const noted =
		(name, answer) =>
		async (...args) => {
			note(name, ...args);
			return answer;
		};
	return {
		location: `s3:${target}`,
		createBucket: noted("createBucket"),
		deleteBucket: noted("deleteBucket"),
		setVersioning: noted("setVersioning"),
		presignGet: noted("presignGet", "https://host/get?signed"),
		presignPut: noted("presignPut", "https://host/put?signed"),
		presignPost: noted("presignPost", { url: "https://host/", fields: { key: "a", policy: "p" } }),
		listVersions: (...args) => {
			note("listVersions", ...args);
			return each([deleted, old]);
		},
		async getVersion(key, version) {
			note("getVersion", key, version);
			return version === "v1" ? new Blob(["old"]).stream() : undefined;
		},
		restoreVersion: noted("restoreVersion", "etag"),
		abortUploads: (prefix, options) => {
			note("abortUploads", prefix, options);
			return each(uploads.filter(({ started }) => Date.now() - started.getTime() >= options.olderThan));
		},
		upload: noted("upload", "etag"),
		close: noted("close"),
	};
}
