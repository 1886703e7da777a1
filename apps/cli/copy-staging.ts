import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/connect.js";
import { Dataset } from "../../src/dataset.js";
import { dataTypeFromUser } from "../../src/format/data-type-metadata.js";
import { describeSource } from "./copy-description.js";
import type { CopyOptions } from "./copy-options.js";
import type { Source } from "./copy-source.js";
import type { Shell } from "./shell.js";
import { inValues } from "./value-progress.js";

/** Above this many bytes values wait in a temporary directory rather than in memory. */
const MEMORY = 64 * 2 ** 20;

/**
 * Hands `work` the same values as a dataset of a temporary store, from where they can be read in any order: uncompressed, and cast where the
 * options say so.
 */
export async function withStaged<T>(
	shell: Shell,
	source: Source,
	{ dtype, casting }: Pick<CopyOptions, "dtype" | "casting">,
	work: (staged: Source) => Promise<T>,
): Promise<T> {
	const isDataset = source.values instanceof Dataset;
	const plain = { codecs: ["bytes"], shards: "none", format: 3 } as const;
	const wanted = describeSource(source, { ...(dtype && { dtype }), ...plain });
	const bytes = wanted.shape.reduce((n, length) => n * length, dataTypeFromUser(wanted.dtype ?? "r8").itemSize);
	const directory = bytes > MEMORY ? await mkdtemp(join(tmpdir(), "tesserae-cp-")) : undefined;
	const target = directory === undefined ? "ram:" : `file:${directory}`;
	const durability = directory && { durability: "none" };
	const connection = await connect(target, { ...durability, signal: shell.signal, writeSafety: "single-writer" });
	try {
		const dataset = await connection.createDataset("staged", wanted);
		const selection = isDataset ? source.selection : undefined;
		await shell.progress("reading", (o) =>
			dataset.load(source.values, { ...inValues(o, dataset.nbytes), casting, selection }),
		);
		return await work({ place: source.place, values: dataset, selection: isDataset ? undefined : source.selection });
	} finally {
		await connection.close({ abort: shell.signal.aborted });
		if (directory !== undefined) await rm(directory, { recursive: true, force: true });
	}
}
