/** A job as its caller sends it: how to open its arrays, and how to know that they are the caller's. */
import type { Backend } from "../../src/backend.js";
import type { JobSpec } from "../../src/engine.js";
import type { Kernel } from "../../src/kernel.js";
import type { StoredArray } from "../../src/stored-array.js";
import { arrayReference } from "../shared/references.js";
import { documentsOf, type Identity, markStore, removeOldMarks } from "./identity.js";
import { kernelReference } from "./kernel-reference.js";
import type { CallReference } from "./wire.js";

/** True where workers on other hosts can open every store of the job. */
export function canTravel(spec: JobSpec | undefined): spec is JobSpec {
	return spec !== undefined && !spec.needsSharedMemory && spec.arrays.every(({ backend }) => isReachable(backend));
}

function isReachable({ spec, supports }: Backend): boolean {
	return spec !== undefined && supports.sharedBetweenProcesses;
}

export interface MadeReference {
	readonly reference: CallReference;
	/** Removes what was put into the store for it. */
	unmark(): Promise<void>;
}

interface Made {
	readonly id: string;
	readonly spec: JobSpec;
	/** Of the caller's kernels. */
	readonly kernels: string | undefined;
	readonly lanes: number;
}

/** @throws StoreError KERNEL_NOT_PORTABLE, or what the store failed with */
export async function makeReference({ id, spec, kernels, lanes }: Made): Promise<MadeReference> {
	const { operation, arrays, description, stores = false } = spec;
	const work = (description as { readonly kernel?: Kernel } | undefined)?.kernel;
	const kernel = work && (await kernelReference(work, kernels));
	const output = stores ? arrays.at(-1) : undefined;
	const identities = await identify(arrays, output, id);
	const reference: CallReference = {
		operation,
		arrays: arrays.map((array) => arrayReference(array, { kind: "spec", spec: specOf(array) })),
		description,
		identities,
		kernel,
		stores,
		lanes,
	};
	const unmark = async (): Promise<void> => {
		for (const identity of identities)
			if (identity?.kind === "mark") await output?.backend.delete([identity.key]).catch(() => {});
	};
	return { reference, unmark };
}

const swept = new WeakSet<Backend>();

/** The store that is written to is marked, and tells of the other arrays in it; of others their metadata tells. */
async function identify(
	arrays: readonly StoredArray[],
	output: StoredArray | undefined,
	id: string,
): Promise<(Identity | undefined)[]> {
	if (output !== undefined && !swept.has(output.backend)) {
		swept.add(output.backend);
		await removeOldMarks(output.backend);
	}
	const mark = output && (await markStore(output.backend, id));
	return Promise.all(
		arrays.map((array) => {
			if (array === output) return mark;
			return array.backend.location === output?.backend.location ? undefined : documentsOf(array);
		}),
	);
}

function specOf({ backend }: StoredArray): NonNullable<Backend["spec"]> {
	return backend.spec as NonNullable<Backend["spec"]>;
}
