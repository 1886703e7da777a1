import type { Backend, BackendSpec } from "./backend.js";
import type { Engine } from "./engine.js";
import { StoreError } from "./errors.js";
import { type Place, splitTarget } from "./target-text.js";

/** What a module of a backend exports, beside its factory: opens the rest of a target string, checking its own options. */
interface BackendModule {
	open(rest: string, options: { readonly [name: string]: unknown }, asked: Asked): Backend | Promise<Backend>;
}

/** What else concerns a backend; the common options are undefined where the user did not give them. */
interface Asked {
	readonly concurrency: number | undefined;
	readonly metadataConcurrency: number | undefined;
	/** What opens the store again elsewhere, where the backend has no spec since its credentials do not travel. */
	readonly spec?: BackendSpec | undefined;
}

interface EngineModule {
	open(options: { readonly workers?: number | undefined }): Engine | Promise<Engine>;
}

/** Schemes of targets, and what loads them: by the package's own exports, so that a bundler leaves out what is not used. */
const BACKENDS: { readonly [scheme: string]: () => Promise<BackendModule> } = {
	ram: () => import("tesserae/backends/ram"),
	file: () => import("tesserae/backends/file"),
	sqlite: () => import("tesserae/backends/sqlite"),
	http: () => import("tesserae/backends/http"),
	https: async () => {
		const { open } = await import("tesserae/backends/http");
		return { open: (rest, options) => open(`https:${rest}`, options) };
	},
	s3: () => import("tesserae/backends/s3"),
	ceph: () => import("tesserae/backends/ceph"),
};

const ENGINES: { readonly [name: string]: () => Promise<EngineModule> } = {
	sequential: () => import("tesserae/engines/sequential"),
	threads: () => import("tesserae/engines/threads"),
	cluster: () => import("tesserae/engines/cluster"),
	ranks: () => import("tesserae/engines/ranks"),
	distributed: () => import("tesserae/engines/distributed"),
};

interface Defaults {
	readonly backend: string;
	readonly engine: string | Engine;
}

let defaults: Defaults = { backend: "sqlite", engine: "sequential" };

/**
 * Sets what `connect` uses where it is not told: the backend of bare names, at first `sqlite`, and the engine, at first `sequential`.
 * Open connections do not change.
 * @throws StoreError INVALID_ARGUMENT for an unknown name, listing the known ones
 */
export function use(changes: {
	readonly backend?: string | undefined;
	readonly engine?: string | Engine | undefined;
}): void {
	const { backend = defaults.backend, engine = defaults.engine } = changes;
	if (!Object.hasOwn(BACKENDS, backend)) throw unknown("backend", backend, BACKENDS);
	if (typeof engine === "string" && !Object.hasOwn(ENGINES, engine)) throw unknown("engine", engine, ENGINES);
	defaults = { backend, engine };
}

/** The parts of a target such as `file:./scan`, `ram:`, `tutorial.sqlite` or `CLUSTER:s3://BUCKET`. */
export function placeOf(target: string | URL): Place & { readonly scheme: string } {
	const text = String(target);
	if (text === "")
		throw new StoreError("INVALID_ARGUMENT", 'the target is empty: use a name, "sqlite:PATH", "file:DIR" or "ram:"');
	const place = splitTarget(text, (scheme) => Object.hasOwn(BACKENDS, scheme));
	return { ...place, scheme: place.scheme ?? schemeOfBareName(text) };
}

/**
 * Opens the backend of a target.
 * @param place its parts, without a cluster
 * @throws StoreError INVALID_ARGUMENT for an unknown scheme
 */
export async function openBackend(
	{ scheme, rest }: { readonly scheme: string; readonly rest: string },
	options: { readonly [name: string]: unknown },
	{ concurrency, metadataConcurrency, spec }: Asked,
): Promise<Backend> {
	const load = Object.hasOwn(BACKENDS, scheme) ? BACKENDS[scheme] : undefined;
	if (load === undefined) throw unknown("backend", scheme, BACKENDS);
	return (await load()).open(rest, options, { concurrency, metadataConcurrency, spec });
}

/**
 * The default backend, which gets the name as it is. Only, `scan.zarr` and `scan/` name directories: where the default is `sqlite`, the one
 * backend that would make a file of that name, they are opened by `file`. The name alone decides, never what is there at the moment.
 */
function schemeOfBareName(name: string): string {
	return defaults.backend === "sqlite" && /(\.zarr|[\\/])$/i.test(name) ? "file" : defaults.backend;
}

/** What SQLite the backends `sqlite` and `file` use, in words; undefined where none can be loaded. */
export async function sqliteInUse(): Promise<string | undefined> {
	const { describeSqlite } = await import("tesserae/backends/sqlite");
	return describeSqlite();
}

/** Opens an engine by name; an Engine object is returned as it is. */
export async function openEngine(
	engine: string | Engine | undefined,
	options: { readonly workers?: number | undefined },
): Promise<Engine> {
	const wanted = engine ?? defaults.engine;
	if (typeof wanted !== "string") return wanted;
	const load = Object.hasOwn(ENGINES, wanted) ? ENGINES[wanted] : undefined;
	if (load === undefined) throw unknown("engine", wanted, ENGINES);
	return (await load()).open(options);
}

function unknown(what: string, name: string, known: object): StoreError {
	return new StoreError(
		"INVALID_ARGUMENT",
		`there is no ${what} ${JSON.stringify(name)}: use one of ${Object.keys(known).join(", ")}`,
	);
}
