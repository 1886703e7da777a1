import { statfsSync } from "node:fs";
import { nearestExisting } from "../shared/paths.js";

/**
 * Linux's numbers (statfs(2)) of file systems whose locks other hosts may not see: NFS, SMB, CIFS, AFS, Ceph, Lustre, GPFS, 9p,
 * BeeGFS, OCFS2, GFS2, Coda, NCP, shared folders of virtual machines, and everything in user space.
 */
const SHARED: ReadonlySet<number> = new Set([
	0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x5346414f, 0x00c36400, 0x0bd00bd0, 0x47504653, 0x01021997, 0x19830326,
	0x7461636f, 0x01161970, 0x73757245, 0x564c, 0x786f4256, 0xbacbacbc, 0x65735546,
]);

/** FAT and exFAT, which have no hard links and keep times to two seconds. */
const WITHOUT_LINKS: ReadonlySet<number> = new Set([0x4d44, 0x2011bab0]);

export interface Disk {
	/** Locks hold between all processes that can reach the directory. */
	readonly locks: boolean;
	/** Has hard links, hence an atomic create-if-absent. */
	readonly links: boolean;
}

/** What the file system of `directory` can do, or of its nearest parent that exists. */
export function diskOf(directory: string): Disk {
	if (process.platform !== "linux") return { locks: true, links: true };
	// Some numbers are negative on 32-bit kernels.
	const type = Number(statfsSync(nearestExisting(directory)).type) >>> 0;
	const links = !WITHOUT_LINKS.has(type);
	return { links, locks: links && !SHARED.has(type) };
}
