import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const BACKENDS = ["ram", "file", "sqlite"] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Where a row keeps its data. */
export interface Place extends AsyncDisposable {
	/** What `connect` opens. */
	readonly target: string;
}

/** An empty store; removed when the row is over. */
export async function temporaryPlace(backend: BackendName): Promise<Place> {
	const { directory, remove } = await temporaryDirectory();
	const path = { ram: directory, file: join(directory, "bench.zarr"), sqlite: join(directory, "bench.sqlite") };
	return { target: `${backend}:${path[backend]}`, [Symbol.asyncDispose]: remove };
}

export async function temporaryDirectory(): Promise<{
	readonly directory: string;
	readonly remove: () => Promise<void>;
}> {
	const directory = await mkdtemp(join(tmpdir(), "tesserae-bench-"));
	return { directory, remove: () => rm(directory, { recursive: true }) };
}
