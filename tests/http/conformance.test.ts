import { file } from "tesserae/backends/file";
import { http } from "tesserae/backends/http";
import { type BackendFixture, backendConformance } from "tesserae/conformance";
import { describe, test } from "vitest";
import { scratch } from "../backends/scratch.js";
import { directory, type Habits, serve } from "./server.js";

/** A directory that our own backend writes to, behind a server. */
async function served(habits: Habits): Promise<BackendFixture> {
	const { path, remove } = await scratch();
	const server = await serve(directory(path, habits));
	const open = () => http({ url: server.url });
	return {
		backend: open(),
		writer: file({ path, durability: "none" }),
		reopen: async () => open(),
		async dispose() {
			await server.close();
			await remove();
		},
	};
}

const SERVERS: readonly [what: string, habits: Habits][] = [
	["with ranges and strong entity tags", {}],
	["with weak entity tags", { etags: "weak" }],
	["without entity tags", { etags: "none" }],
	["that ignores ranges", { ranges: false }],
	["that ignores ranges and tells no lengths", { ranges: false, lengths: false }],
	["that does not answer HEAD", { head: false }],
	["that tells no lengths", { lengths: false }],
	["that tells no sizes with its ranges", { totals: false }],
	["that tells nothing", { head: false, lengths: false, totals: false, etags: "none" }],
];

describe.each(SERVERS)("http from a server %s", (_, habits) => backendConformance(test, () => served(habits)));
