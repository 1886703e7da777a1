/** The package h5wasm: the HDF5 library as WebAssembly. In Node it reads and writes the file system itself, piece by piece, as HDF5 does. */
import type * as H5wasm from "h5wasm/node";
import { type ErrorCode, isStoreError, StoreError } from "../../../src/errors.js";
import { optionalPackage } from "../optional-package.js";

export interface Hdf5 {
	readonly library: typeof H5wasm;
	readonly module: Awaited<typeof H5wasm.ready>;
}

export type Hdf5File = InstanceType<typeof H5wasm.File>;
export type Hdf5Dataset = InstanceType<typeof H5wasm.Dataset>;

export async function loadHdf5(): Promise<Hdf5> {
	const library = await optionalPackage("h5wasm", "reading and writing HDF5 files", () => import("h5wasm/node"));
	return { library, module: await library.ready };
}

/**
 * Runs calls of the library. Of itself it prints its errors and goes on, with whatever was in memory for values; here they are thrown.
 * @param what is named in messages
 */
export function guarded<T>({ module }: Hdf5, what: string, code: ErrorCode, work: () => T): T {
	module.activate_throwing_error_handler();
	try {
		return work();
	} catch (error) {
		if (isStoreError(error)) throw error;
		throw new StoreError(code, `${what}: ${reasonOf(error)}`, { cause: error });
	} finally {
		module.deactivate_throwing_error_handler();
	}
}

/** The innermost line of HDF5's own report. */
function reasonOf(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	return [...message.matchAll(/#\d+: .*? in \w+\(\): (.*)/g)].at(-1)?.[1] ?? message;
}

/** A part of a dataset along all of its axes. */
export interface Hyperslab {
	readonly origin: readonly number[];
	readonly shape: readonly number[];
}

/** Reads elements into `target`, little-endian whatever the file has. */
export function readHyperslab(hdf5: Hdf5, dataset: Hdf5Dataset, slab: Hyperslab, target: Uint8Array): void {
	const { module } = hdf5;
	withMemory(hdf5, target.length, (pointer) => {
		const [count, offset, stride] = bounds(slab);
		const status = module.get_dataset_data(dataset.file_id, dataset.path, count, offset, stride, BigInt(pointer));
		if (status < 0) throw new Error("the values cannot be read");
		target.set(module.HEAPU8.subarray(pointer, pointer + target.length));
	});
}

/** Writes elements, as little-endian bytes in the layout of the dataset's type. */
export function writeHyperslab(hdf5: Hdf5, dataset: Hdf5Dataset, slab: Hyperslab, source: Uint8Array): void {
	const { module } = hdf5;
	withMemory(hdf5, source.length, (pointer) => {
		module.HEAPU8.set(source, pointer);
		const [count, offset, stride] = bounds(slab);
		const status = module.set_dataset_data(dataset.file_id, dataset.path, count, offset, stride, BigInt(pointer));
		if (status < 0) throw new Error("the values cannot be written");
	});
}

/** How the library takes a selection: all of an array without axes is null. */
function bounds({ origin, shape }: Hyperslab): [bigint[] | null, bigint[] | null, bigint[] | null] {
	if (shape.length === 0) return [null, null, null];
	return [shape.map(BigInt), origin.map(BigInt), shape.map(() => 1n)];
}

/** Memory of the library, which grows as needed and never shrinks. */
function withMemory({ module }: Hdf5, bytes: number, work: (pointer: number) => void): void {
	const pointer = module._malloc(Math.max(1, bytes));
	if (pointer === 0) throw new StoreError("TOO_LARGE", `HDF5 has no room for ${bytes} bytes: its memory ends at 2 GiB`);
	try {
		work(pointer);
	} finally {
		module._free(pointer);
	}
}
