import { isStoreError, StoreError } from "../errors.js";
import { type Configuration, fault } from "./configuration.js";
import { readPetrel } from "./petrel.js";
import { readToml } from "./toml.js";

/** Bytes. Nobody writes so many. */
const MAX_SIZE = 2 ** 20;

/**
 * Reads a configuration file: the Petrel OSS SDK's where its name ends in `.conf`, `.ini` or `.cfg`, else TOML. Warns once where it holds keys and
 * others may read it.
 * @param file absolute path
 * @throws StoreError INVALID_ARGUMENT naming file and line; FORBIDDEN, NOT_FOUND
 */
export async function loadConfiguration(file: string): Promise<Configuration> {
	const { bytes, mode } = await readFile(file);
	const source = decoded(file, bytes);
	const path = process.getBuiltinModule("node:path");
	const home = process.getBuiltinModule("node:os").homedir;
	const pathOf = (name: string): string => path.resolve(path.dirname(file), name.replace(/^~(?=[\\/])/, home));
	const isPetrel = /\.(conf|ini|cfg)$/i.test(file);
	const contents = isPetrel ? readPetrel({ file, source, pathOf }) : readToml({ file, toml: source, pathOf });
	const hasKeys = [...contents.clusters.values()].some(({ options }) => options.credentials !== undefined);
	const isExposed = hasKeys && isOpen(mode);
	if (isExposed) warnOfMode(file);
	return { ...contents, isExposed };
}

async function readFile(file: string): Promise<{ readonly bytes: Uint8Array; readonly mode: number }> {
	const { open } = process.getBuiltinModule("node:fs/promises");
	try {
		await using handle = await open(file);
		const found = await handle.stat();
		// What is no file may have no end.
		if (!found.isFile() || found.size > MAX_SIZE) throw tooLarge(file);
		return { bytes: await handle.readFile(), mode: found.mode };
	} catch (cause) {
		if (isStoreError(cause)) throw cause;
		const code = (cause as { code?: unknown }).code === "ENOENT" ? "NOT_FOUND" : "FORBIDDEN";
		throw new StoreError(code, `the configuration ${file} cannot be read: ${(cause as Error).message}`, { cause });
	}
}

function tooLarge(file: string): StoreError {
	return fault(file, undefined, `is no configuration: it has more than ${MAX_SIZE} bytes`);
}

function decoded(file: string, bytes: Uint8Array): string {
	if (bytes.length > MAX_SIZE) throw tooLarge(file);
	if (bytes.includes(0)) throw fault(file, undefined, "is no configuration: it is no text");
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		throw fault(file, undefined, "is no configuration: it is no UTF-8 text");
	}
}

/** True where somebody beside the owner can do anything with it. Windows does not tell by the mode. */
function isOpen(mode: number): boolean {
	return process.platform !== "win32" && (mode & 0o077) !== 0;
}

const warned = new Set<string>();

function warnOfMode(file: string): void {
	if (warned.has(file)) return;
	warned.add(file);
	process.emitWarning(`${file} holds keys, and others can read it: chmod 600 ${file}`, {
		code: "TESSERAE_CONFIG_MODE",
	});
}
