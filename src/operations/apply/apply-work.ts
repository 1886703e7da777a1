/** What an apply does, as its ledger tells it: so that whoever goes on with it does the same. */
import { digestOf } from "../../digest.js";
import { formatArrayText } from "../../format/array-text.js";
import type { Kernel, KernelFunction } from "../../kernel.js";
import type { StoredArray } from "../../stored-array.js";
import type { Blocks } from "../blocks/block-reader.js";

/** A kernel by its name, and a digest of its parameters; a plain function by its own, and a digest of its text. */
interface NamedKernel {
	/** The file of its module, without the place: another machine has it elsewhere. */
	readonly module: string;
	readonly export: string;
	readonly parameters: string;
}

export interface AppliedWork {
	readonly kernel: NamedKernel;
	readonly halo: readonly number[];
	readonly boundary: string;
	readonly shape: readonly number[];
	/** A digest of the array's metadata, without its attributes. */
	readonly metadata: string;
	/** What else it reads, `name=address`. */
	readonly inputs?: readonly string[] | undefined;
}

export async function describeWork(
	{ metadata }: StoredArray,
	kernel: Kernel | KernelFunction,
	{ halo, boundary, boundaryValue }: Blocks,
): Promise<AppliedWork> {
	const text = formatArrayText({ ...metadata, attributes: {}, extensions: {} });
	const isRead = halo.some((h) => h > 0);
	const beyond = boundary === "constant" ? `constant ${textOf(boundaryValue ?? 0)}` : boundary;
	return {
		kernel: await nameKernel(kernel),
		halo,
		boundary: isRead ? beyond : "",
		shape: metadata.shape,
		metadata: await digestOfText(text),
	};
}

async function nameKernel(kernel: Kernel | KernelFunction): Promise<NamedKernel> {
	if (typeof kernel === "function")
		return { module: "", export: kernel.name, parameters: await digestOfText(String(kernel)) };
	const { module, exportName, parameters } = kernel;
	const file = module.replace(/[?#].*$/s, "").replace(/^.*\//s, "");
	return { module: file, export: exportName, parameters: await digestOfText(textOf(parameters)) };
}

export function kernelText({ module, export: name }: NamedKernel): string {
	return module === "" ? `the function ${JSON.stringify(name)}` : `the kernel ${module}:${name}`;
}

/** How `now` is other work than `then`, for people; undefined where it is the same. */
export function differenceOf(then: AppliedWork, now: AppliedWork): string | undefined {
	const kernel = differenceOfKernels(then.kernel, now.kernel);
	if (kernel !== undefined) return kernel;
	if (String(then.halo) !== String(now.halo))
		return `it was begun with a halo of [${then.halo.join(", ")}], not [${now.halo.join(", ")}]`;
	if (then.boundary !== now.boundary)
		return `it was begun with the boundary ${then.boundary || "that plays no part"}, not ${now.boundary}`;
	if (String(then.shape) !== String(now.shape))
		return `the dataset had shape [${then.shape.join(", ")}] when it was begun, and has [${now.shape.join(", ")}] now`;
	if (String(then.inputs) !== String(now.inputs))
		return `it was begun with the inputs ${then.inputs?.join(", ") || "none"}, not ${now.inputs?.join(", ") || "none"}`;
	if (then.metadata !== now.metadata)
		return "chunks, codecs or fill value of the dataset have changed since it was begun";
	return undefined;
}

function differenceOfKernels(then: NamedKernel, now: NamedKernel): string | undefined {
	if (then.module !== now.module || then.export !== now.export)
		return `it was begun with ${kernelText(then)}, not ${kernelText(now)}`;
	if (then.parameters === now.parameters) return undefined;
	return then.module === ""
		? `it was begun with another text of ${kernelText(then)}`
		: `it was begun with other parameters of ${kernelText(then)}`;
}

function digestOfText(text: string): Promise<string> {
	return digestOf(new TextEncoder().encode(text));
}

/** Equal for equal values: parameters of a kernel, whatever the order in which they are named. */
function textOf(value: unknown): string {
	if (ArrayBuffer.isView(value)) {
		const { buffer, byteOffset, byteLength } = value;
		return `${value.constructor.name}(${new Uint8Array(buffer, byteOffset, byteLength).join()})`;
	}
	if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
	if (typeof value === "object" && value !== null) {
		const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
		return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`).join()}}`;
	}
	if (typeof value === "string") return JSON.stringify(value);
	return `${typeof value}:${Object.is(value, -0) ? "-0" : String(value)}`;
}
