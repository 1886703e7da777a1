import { StoreError } from "../../../src/errors.js";
import type { NumericName } from "../../../src/format/data-types.js";
import type { SlabSource } from "../../../src/operations/load/load-slabs.js";
import { readNpyHeader } from "../npy/header.js";
import { checkSize } from "../raw/layout.js";
import { rawSlabs } from "../raw/slabs.js";
import { type Member, readMembers } from "./archive.js";

export interface OpenNpzOptions {
	/** Which array, as `numpy.savez` was given it; may be left out where there is one. */
	readonly name?: string | undefined;
}

/**
 * One array of an npz file: a zip file of npy files, compressed or not. Memory stays bounded as for `openNpy`; checksums are verified.
 * @throws StoreError INVALID_ARGUMENT where the name is left out and there are several arrays, NOT_FOUND where there is none of that
 * name, both listing them; CORRUPT, UNSUPPORTED
 */
export async function openNpz(path: string, options: OpenNpzOptions = {}): Promise<SlabSource> {
	const member = chooseMember(await readMembers(path), options.name, path);
	const name = `${member.name} in ${path}`;
	const header = await readNpyHeader(member.bytes(0), name);
	const { shape, presented, offset } = header;
	checkSize(header, member.size - offset, name);
	const bytes = { name, stream: () => member.bytes(offset), file: undefined };
	return { shape, dtype: presented.name as NumericName, slabs: () => rawSlabs(header, bytes) };
}

const ENDING = ".npy";

function chooseMember(all: readonly Member[], name: string | undefined, path: string): Member {
	const members = all.filter((member) => member.name.endsWith(ENDING));
	const names = members.map((member) => member.name.slice(0, -ENDING.length)).join(", ");
	const [first] = members;
	if (name !== undefined) {
		const chosen = members.find((member) => member.name === name || member.name === `${name}${ENDING}`);
		if (chosen !== undefined) return chosen;
		throw new StoreError("NOT_FOUND", `${path} holds no array ${JSON.stringify(name)}; it holds ${names || "none"}`);
	}
	if (first === undefined) throw new StoreError("NOT_FOUND", `${path} holds no array`);
	if (members.length === 1) return first;
	throw new StoreError("INVALID_ARGUMENT", `${path} holds ${members.length} arrays, name one of them: ${names}`);
}
