/** Kernels are found on each host, never sent: what travels is their place, and the digest of what is there. */
import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { StoreError } from "../../src/errors.js";
import type { Kernel } from "../../src/kernel.js";
import { pathOf } from "./options.js";

export interface KernelReference {
	/** `file`: below the directory of kernels, with slashes. `package`: as `import` takes it. */
	readonly kind: "file" | "package";
	readonly name: string;
	/** Hexadecimal SHA-256 of the module's file. */
	readonly digest: string;
}

/**
 * @param directory of kernels, where the caller has named one
 * @throws StoreError KERNEL_NOT_PORTABLE where workers could not find it
 */
export async function kernelReference(
	{ module }: Kernel,
	directory: string | undefined,
): Promise<KernelReference | undefined> {
	if (/^(?:node|data|blob|https?):/i.test(module))
		throw notPortable(`${excerpt(module)} is no file and no package, and code is never sent to workers`);
	if (!module.startsWith("file:") && !isAbsolute(module)) {
		if (module.startsWith("."))
			throw notPortable(`${module} is relative to nothing: pass new URL("…", import.meta.url)`);
		return { kind: "package", name: module, digest: await digestOf(resolvePackage(module)) };
	}
	const file = await realpath(pathOf(module));
	const base = await realpath(directory ?? dirname(file));
	const name = relative(base, file);
	if (isOutside(name)) throw notPortable(`${file} is not below ${base}, the directory of kernels`);
	return { kind: "file", name: name.split(sep).join("/"), digest: await digestOf(file) };
}

/**
 * The module on this host, as `import` takes it.
 * @param directory of this host's kernels
 * @throws StoreError KERNEL_FAILED, saying what is missing or different
 */
export async function findKernel(
	{ kind, name, digest }: KernelReference,
	directory: string | undefined,
	host: string,
): Promise<string> {
	if (kind === "file" && directory === undefined)
		throw failed(`the worker on ${host} has no directory of kernels, and so no ${name}: start it with --kernels DIR`);
	const file = kind === "package" ? await packageFile(name, host) : await fileBelow(directory as string, name, host);
	const found = await digestOf(file);
	if (found !== digest)
		throw failed(
			`the worker on ${host} has another version of the kernel ${name} (${file}, SHA-256 ${found}) than the caller (${digest}): bring both to the same`,
		);
	// What was imported before is kept by its URL: another version is another one.
	return `${pathToFileURL(file).href}?sha256=${digest}`;
}

async function fileBelow(directory: string, name: string, host: string): Promise<string> {
	const base = await realpath(directory);
	const file = await realpath(resolve(base, name)).catch(() => undefined);
	if (file !== undefined && !isOutside(relative(base, file))) return file;
	const why = file === undefined ? "" : ", but as a link out of it";
	throw failed(
		`the worker on ${host} has no kernel ${name} in ${base}${why}: copy it there, or start it with --kernels DIR`,
	);
}

async function packageFile(name: string, host: string): Promise<string> {
	try {
		return await realpath(resolvePackage(name));
	} catch (cause) {
		throw failed(`the worker on ${host} has no package for the kernel ${name}: install it there`, cause);
	}
}

function resolvePackage(name: string): string {
	return fileURLToPath(import.meta.resolve(name));
}

function isOutside(path: string): boolean {
	return path === "" || path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);
}

async function digestOf(file: string): Promise<string> {
	return createHash("sha256")
		.update(await readFile(file))
		.digest("hex");
}

function excerpt(module: string): string {
	return module.length > 60 ? `${module.slice(0, 60)}…` : module;
}

function notPortable(message: string): StoreError {
	return new StoreError("KERNEL_NOT_PORTABLE", message);
}

function failed(message: string, cause?: unknown): StoreError {
	return new StoreError("KERNEL_FAILED", message, { cause });
}
