import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Memory where there is some that looks like a disk: these tests make thousands of files, and sync them. */
const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export interface Scratch {
	readonly path: string;
	remove(): Promise<void>;
}

/** An empty directory of one's own. */
export async function scratch(): Promise<Scratch> {
	const path = await mkdtemp(join(PLACE, "tesserae-"));
	return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
