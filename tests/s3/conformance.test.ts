import { ceph as cephBackend } from "tesserae/backends/ceph";
import { type S3Options, s3 } from "tesserae/backends/s3";
import { backendConformance } from "tesserae/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startS3rver } from "../services/s3rver.js";
import { ceph, describeWith, newBucket, type S3Service, swift } from "../services/services.js";

/** What a server does wrong by itself, so that no client of it can be right. */
type Except = { readonly [clause: string]: string };

const S3RVER: Except = {
	"a reader sees one whole version while the object is overwritten": "shows half-written objects",
	"what was written or deleted is seen at once": "shows objects that are still being written",
	"a key whose directory was emptied can be written again": "answers 500 where a put meets a delete",
	"what was deleted is not listed, nor a prefix of which nothing is left": "answers 500 where a put meets a delete",
	"where entries are listed in order, it is that of their code points, and begins after any of them": "sorts by UTF-16",
	"thousands of keys are listed, each once": "answers 500 to the request for a second page",
};

const SWIFT: Except = {
	"a reader sees one whole version while the object is overwritten":
		"answers 404 now and then, where the only replica is being replaced",
	"thousands of keys are listed, each once": "writes 30 objects a second",
};

function suiteOn(service: () => S3Service, factory: typeof s3, except: Except = {}): void {
	let options: S3Options;
	let stores = 0;
	beforeAll(async () => {
		options = await newBucket(service());
	});
	const register = (name: string, body: () => Promise<void>): void =>
		Object.hasOwn(except, name) ? test.skip(`${name} (it ${except[name]})`, body) : test(name, body);
	backendConformance(register, async () => {
		const prefix = `store-${++stores}`;
		const open = () => factory({ ...options, prefix });
		return { backend: open(), reopen: async () => open() };
	});
}

describeWith(ceph, "ceph on Ceph", (service) => suiteOn(() => service, cephBackend));

describeWith(ceph, "ceph on Ceph, by lean requests", (service) =>
	suiteOn(
		() => service,
		(options) => cephBackend({ ...options, requests: "lean" }),
	),
);

describeWith(swift, "s3 on Swift", (service) => suiteOn(() => service, s3, SWIFT));

describe("s3 on s3rver", () => {
	let server: Awaited<ReturnType<typeof startS3rver>>;
	beforeAll(async () => {
		server = await startS3rver();
	});
	afterAll(() => server.stop());
	suiteOn(() => server, s3, S3RVER);
});
