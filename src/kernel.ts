import { StoreError } from "./errors.js";
import type { DType, NumericName, TypedArray } from "./format/data-types.js";
import type { NdArray } from "./values/nd-array.js";

/** Where a kernel runs. */
export interface BlockContext {
	/** The output chunk's coordinates in its chunk grid. */
	readonly coords: readonly number[];
	/** Its first element's index in the dataset. */
	readonly origin: readonly number[];
	/** Its valid shape, which is the shape to return; the block is larger by the halo on both sides. */
	readonly shape: readonly number[];
	/** Elements of halo on both sides, per axis. */
	readonly halo: readonly number[];
	readonly datasetShape: readonly number[];
	/** The same region of each further input. */
	readonly inputs: { readonly [name: string]: NdArray };
}

/** What a kernel returns: an array of `ctx.shape`. */
export type KernelResult =
	| NdArray
	| { readonly data: TypedArray | readonly unknown[]; readonly shape: readonly number[] };

/** A function over one block. The block is its own copy: it may change it and return it. */
export type KernelFunction<D extends DType = NumericName, P = never> = (
	block: NdArray<D>,
	parameters: P,
	ctx: BlockContext,
) => KernelResult | Promise<KernelResult>;

/** Parameters of a kernel: JSON plus typed arrays. */
export type Parameters = { readonly [name: string]: unknown };

/** A kernel that any thread, process or host can import; made by {@link kernel}. */
export interface Kernel {
	readonly module: string;
	readonly exportName: string;
	readonly parameters: Parameters;
}

const KERNEL = Symbol.for("tesserae.kernel");

/**
 * A kernel by reference: the function that `module` exports as `exportName`, with its parameters.
 * @throws StoreError INVALID_ARGUMENT where a parameter could not travel to another thread or host
 */
export function kernel(module: URL | string, exportName: string, parameters: Parameters = {}): Kernel {
	checkParameter(parameters, "parameters", 0);
	return Object.freeze({ [KERNEL]: true, module: String(module), exportName, parameters });
}

function isKernel(value: unknown): value is Kernel {
	return typeof value === "object" && value !== null && KERNEL in value;
}

function checkParameter(value: unknown, path: string, depth: number): void {
	if (depth > 64) throw new StoreError("INVALID_ARGUMENT", `${path} is nested too deeply for a kernel parameter`);
	if (value === null || value === undefined || ["number", "string", "boolean", "bigint"].includes(typeof value)) return;
	if (ArrayBuffer.isView(value)) return;
	const plain = Array.isArray(value) || isPlainObject(value);
	if (!plain)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`${path} cannot travel to a kernel: parameters are JSON values and typed arrays`,
		);
	for (const [name, member] of Object.entries(value)) checkParameter(member, `${path}.${name}`, depth + 1);
}

function isPlainObject(value: unknown): value is object {
	if (typeof value !== "object" || value === null) return false;
	const prototype = Object.getPrototypeOf(value);
	return prototype === Object.prototype || prototype === null;
}

/** A kernel ready to be called. */
export type LoadedKernel = (block: NdArray, ctx: BlockContext) => KernelResult | Promise<KernelResult>;

/**
 * Makes a kernel callable in this thread.
 * @throws StoreError KERNEL_FAILED where its module or export cannot be found
 */
export async function loadKernel(work: Kernel | KernelFunction): Promise<LoadedKernel> {
	if (typeof work === "function") return (block, ctx) => work(block, {} as never, ctx);
	const { module, exportName, parameters } = work;
	const exports = await importModule(module);
	const found = exports[exportName];
	if (typeof found === "function") return (block, ctx) => found(block, parameters, ctx);
	throw new StoreError(
		"KERNEL_FAILED",
		`${module} has no function ${JSON.stringify(exportName)}: export it by that name`,
	);
}

async function importModule(module: string): Promise<{ readonly [name: string]: unknown }> {
	try {
		return await import(module);
	} catch (cause) {
		throw new StoreError(
			"KERNEL_FAILED",
			`the kernel's module ${module} cannot be imported: ${(cause as Error).message}`,
			{ cause },
		);
	}
}

/**
 * Checks what the caller gave as a kernel against what the engine can carry.
 * @throws StoreError KERNEL_NOT_PORTABLE for a plain function on an engine that leaves this thread
 */
export function checkKernel(
	work: unknown,
	engine: { readonly name: string; readonly supports: { readonly closures: boolean } },
): void {
	if (isKernel(work)) return;
	if (typeof work !== "function")
		throw new StoreError(
			"INVALID_ARGUMENT",
			"a kernel is a function, or made by kernel(new URL(…), exportName, parameters)",
		);
	if (engine.supports.closures) return;
	throw new StoreError(
		"KERNEL_NOT_PORTABLE",
		`the engine ${engine.name} cannot send a function elsewhere: put it in a module and pass ` +
			'kernel(new URL("./kernels.js", import.meta.url), "name", { …parameters })',
	);
}
