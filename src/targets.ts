import type { Backend } from "./backend.js";
import type { Engine } from "./engine.js";
import { StoreError } from "./errors.js";

/** What a module of a backend exports, beside its factory: opens the rest of a target string, checking its own options. */
interface BackendModule {
	open(rest: string, options: { readonly [name: string]: unknown }): Backend | Promise<Backend>;
}

interface EngineModule {
	open(options: { readonly workers?: number | undefined }): Engine | Promise<Engine>;
}

/** Schemes of targets, and what loads them: by the package's own exports, so that a bundler leaves out what is not used. */
const BACKENDS: { readonly [scheme: string]: () => Promise<BackendModule> } = {
	ram: () => import("tesserae/backends/ram"),
	file: () => import("tesserae/backends/file"),
	sqlite: () => import("tesserae/backends/sqlite"),
};

const ENGINES: { readonly [name: string]: () => Promise<EngineModule> } = {
	sequential: () => import("tesserae/engines/sequential"),
	threads: () => import("tesserae/engines/threads"),
};

interface Defaults {
	readonly backend: string;
	readonly engine: string | Engine;
}

let defaults: Defaults = { backend: "file", engine: "sequential" };

/** Sets what `connect` uses where it is not told: the scheme of bare names, and the engine. Open connections do not change. */
export function use(changes: {
	readonly backend?: string | undefined;
	readonly engine?: string | Engine | undefined;
}): void {
	const { backend = defaults.backend, engine = defaults.engine } = changes;
	if (!Object.hasOwn(BACKENDS, backend)) throw unknown("backend", backend, BACKENDS);
	if (typeof engine === "string" && !Object.hasOwn(ENGINES, engine)) throw unknown("engine", engine, ENGINES);
	defaults = { backend, engine };
}

/**
 * Opens the backend of a target such as `file:./scan` or `ram:`.
 * @throws StoreError INVALID_ARGUMENT for an unknown scheme
 */
export async function openBackend(
	target: string | URL,
	options: { readonly [name: string]: unknown },
): Promise<Backend> {
	const { scheme, rest } = splitTarget(String(target));
	const load = Object.hasOwn(BACKENDS, scheme) ? BACKENDS[scheme] : undefined;
	if (load === undefined) throw unknown("backend", scheme, BACKENDS);
	return (await load()).open(rest, options);
}

/** `file:./x` → `file`, `./x`. A name without a scheme belongs to the default backend. A single letter is a drive, not a scheme. */
function splitTarget(target: string): { readonly scheme: string; readonly rest: string } {
	if (target === "") throw new StoreError("INVALID_ARGUMENT", 'the target is empty: use "ram:", "file:DIR" or a name');
	const match = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s.exec(target);
	if (match === null) return { scheme: defaults.backend, rest: target };
	return { scheme: (match[1] as string).toLowerCase(), rest: match[2] as string };
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
