import { copyFile, rename, rm } from "node:fs/promises";
import * as hdf5 from "h5wasm/node";
import { describeMachine, describeVersions } from "./machine.js";
import { dataSize, type Sweep } from "./sweep.js";
import { COLUMNS, type Timings } from "./timings.js";
import { product } from "./volume.js";

/** What ran. */
export interface Setting {
	readonly backend: string;
	readonly engine: string;
	/** Threads, processes or hosts that shared the work; 1 for `sequential`. DosNa's ranks. */
	readonly workers: number;
}

/** What was measured, where and how. */
export interface Measured {
	readonly timings: Timings;
	readonly sweep: Sweep;
	readonly setting: Setting;
}

/** What one engine took, of a file with the timings of several. */
export interface EngineTimings {
	readonly engine: string;
	readonly workers: number;
	readonly sigma: number;
	/** Such as `64x64x64`. */
	readonly shapes: readonly string[];
	readonly chunkSizes: readonly number[];
	/** Seconds of the tests of a variant on one volume in chunks of one size. */
	of(dataIndex: number, chunkIndex: number, column: string): number[];
}

/** The timings of all engines on one backend, of a file in the layout `engines`. */
export async function readEngineTimings(path: string, backend: string): Promise<EngineTimings[]> {
	await hdf5.ready;
	const file = new hdf5.File(path, "r");
	try {
		const engines = file.get(backend) as hdf5.Group;
		return engines.keys().flatMap((engine) => {
			const group = engines.get(engine) as hdf5.Group;
			return group.keys().map((workers) => engineTimings(group.get(workers) as hdf5.Dataset, engine, Number(workers)));
		});
	} finally {
		file.close();
	}
}

function engineTimings(dataset: hdf5.Dataset, engine: string, workers: number): EngineTimings {
	const attribute = (name: string): unknown => dataset.attrs[name]?.value;
	const [, chunkSizes = 0, columns = 0, tests = 0] = dataset.shape ?? [];
	const seconds = dataset.value as Float32Array;
	return {
		engine,
		workers,
		sigma: Number(attribute("sigma")),
		shapes: attribute("shapes") as string[],
		chunkSizes: Array.from(attribute("axis1_value") as Int32Array),
		of(dataIndex, chunkIndex, column) {
			const row = (dataIndex * chunkSizes + chunkIndex) * columns + COLUMNS.indexOf(column);
			return Array.from(seconds.subarray(row * tests, (row + 1) * tests)).filter((second) => !Number.isNaN(second));
		},
	};
}

type Attribute = string | number | Int32Array | readonly string[];

/**
 * Puts all timings into `file` as the dataset `<backend>/<workers>`, in the layout of DosNa's `result.h5`: float32 seconds, data sizes × chunk
 * sizes × (DATA, 3D, 1D, and here 3D+halo, 1D+halo) × tests, labelled by the attributes `axis0_label`, `axis0_value` and so on. Other
 * datasets of the file stay, one of the same name is replaced; who reads it sees the old file or the new one. A trial does all but replace it.
 * @param layout `engines` puts it into `<backend>/<engine>/<workers>`, so that engines stand side by side
 * @throws Error where there is a file that is no HDF5
 */
export async function writeTimings(
	file: string,
	findings: Measured,
	{ layout = "dosna", isTrial = false }: { readonly layout?: Layout; readonly isTrial?: boolean } = {},
): Promise<void> {
	const { activate_throwing_error_handler: throwErrors } = await hdf5.ready;
	throwErrors();
	const temporary = `${file}.${process.pid}.tmp`;
	try {
		const mode = (await copied(file, temporary)) ? "a" : "w";
		write({ path: temporary, mode, layout }, findings);
		if (!isTrial) await rename(temporary, file);
	} catch (cause) {
		throw new Error(`${file} cannot be written: ${reasonOf(cause)}`, { cause });
	} finally {
		await rm(temporary, { force: true });
	}
}

/** @returns false where there is nothing to copy */
async function copied(from: string, to: string): Promise<boolean> {
	try {
		await copyFile(from, to);
		return true;
	} catch (error) {
		if ((error as { code?: unknown }).code === "ENOENT") return false;
		throw error;
	}
}

type Layout = "dosna" | "engines";

interface Destination {
	readonly path: string;
	readonly mode: "a" | "w";
	readonly layout: Layout;
}

function write({ path, mode, layout }: Destination, findings: Measured): void {
	const { timings, setting } = findings;
	const file = new hdf5.File(path, mode);
	try {
		const { backend, engine, workers } = setting;
		const groups = layout === "dosna" ? [backend] : [backend, engine];
		const dataset = openDataset(file, { groups, name: String(workers) }, timings.shape);
		dataset.write_slice(
			timings.shape.map((length) => [0, length]),
			timings.seconds,
		);
		for (const [name, value] of Object.entries(attributesOf(findings))) setAttribute(dataset, name, value);
	} finally {
		file.close();
	}
}

interface Path {
	/** From the outermost one. */
	readonly groups: readonly string[];
	readonly name: string;
}

/** A dataset in that shape; made where there is none. The library cannot delete one, so it is made to be resized. */
function openDataset(file: hdf5.File, { groups, name }: Path, shape: Timings["shape"]): hdf5.Dataset {
	let group: hdf5.Group = file;
	for (const part of groups)
		group = (group.keys().includes(part) ? group.get(part) : group.create_group(part)) as hdf5.Group;
	if (!group.keys().includes(name))
		group.create_dataset({
			name,
			data: new Float32Array(product(shape)),
			shape: [...shape],
			dtype: "<f",
			maxshape: [null, null, null, null],
			chunks: [...shape],
		});
	const dataset = group.get(name) as hdf5.Dataset;
	dataset.resize([...shape]);
	return dataset;
}

function attributesOf({ timings, sweep, setting }: Measured): { readonly [name: string]: Attribute } {
	const { shapes, chunkSizes, sigma } = sweep;
	return {
		axis0_label: "Data Size",
		axis0_value: Int32Array.from(shapes, dataSize),
		axis1_label: "Chunk Size",
		axis1_value: Int32Array.from(chunkSizes),
		axis2_label: "Tests",
		axis2_value: COLUMNS,
		axis3_label: "# Tests",
		axis3_value: Int32Array.from({ length: timings.shape[3] }, (_, test) => test),
		shapes: shapes.map((shape) => shape.join("x")),
		...setting,
		sigma,
		host: describeMachine(),
		versions: JSON.stringify(describeVersions(setting.backend)),
	};
}

function setAttribute(dataset: hdf5.Dataset, name: string, value: Attribute): void {
	if (name in dataset.attrs) dataset.delete_attribute(name);
	if (Array.isArray(value)) {
		const longest = Math.max(...value.map((text: string) => text.length));
		dataset.create_attribute(name, [...value], [value.length], `S${longest}`);
	} else dataset.create_attribute(name, value as string | number | Int32Array);
}

/** The innermost line of HDF5's own report. */
function reasonOf(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	return [...message.matchAll(/#\d+: .*? in \w+\(\): (.*)/g)].at(-1)?.[1] ?? message;
}
