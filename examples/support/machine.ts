import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";

/** The machine, as far as timings depend on it. */
export function describeMachine(): string {
	const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
	const cores = `${availableParallelism()} cores`;
	return `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cores}, ${memory}, ${process.platform} ${process.arch}`;
}

/** What keeps the data of a backend: a package, or a part of Node. */
const LIBRARIES: { readonly [backend: string]: string } = {
	sqlite: "better-sqlite3",
	s3: "@aws-sdk/client-s3",
	ceph: "@aws-sdk/client-s3",
};

/** Versions of tesserae, of Node, and of the package that is installed for the backend. */
export function describeVersions(backend: string): { readonly [name: string]: string } {
	const library = LIBRARIES[backend];
	const version = library && versionOf(library);
	return {
		tesserae: versionOf("tesserae") ?? "unknown",
		node: process.versions.node,
		...(library !== undefined && version !== undefined ? { [library]: version } : {}),
	};
}

function versionOf(name: string): string | undefined {
	try {
		return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
	} catch {
		return undefined;
	}
}
