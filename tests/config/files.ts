import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Configuration } from "../../dist/src/config/configuration.js";
import { loadConfiguration } from "../../dist/src/config/load.js";
import { type Scratch, scratch } from "../backends/scratch.js";

/** What connections go by beside their options. */
const VARIABLES = [
	...["HOME", "XDG_CONFIG_HOME", "TESSERAE_CONFIG", "TESSERAE_LOG", "TESSERAE_METER_EVERY"],
	...["TESSERAE_RANK", "TESSERAE_RANKS", "TESSERAE_CONFIG_PER_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"],
	...["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN", "URL", "BUCKET"],
];

/** A user with nothing but an empty home, in which files can be made, and who works in its directory `work`. */
export interface Home {
	readonly path: string;
	/** Writes a file, with directories above it, that nobody else can read. */
	write(name: string, text: string | Uint8Array, mode?: number): Promise<string>;
	/** What {@link write} wrote, read as a configuration. */
	load(name: string, text: string | Uint8Array): Promise<Configuration>;
}

/** Before each test an empty home; after it everything is as it was. */
export function emptyHome(): Home {
	let place: Scratch;
	const before = { cwd: process.cwd(), env: VARIABLES.map((name) => [name, process.env[name]] as const) };
	beforeEach(async () => {
		place = await scratch();
		for (const name of VARIABLES) delete process.env[name];
		process.env.HOME = place.path;
		await mkdir(join(place.path, "work"));
		process.chdir(join(place.path, "work"));
	});
	afterEach(async () => {
		process.chdir(before.cwd);
		for (const [name, value] of before.env)
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
		await place.remove();
	});
	const write: Home["write"] = async (name, text, mode = 0o600) => {
		const file = join(place.path, name);
		await mkdir(dirname(file), { recursive: true });
		await writeFile(file, text, { mode });
		return file;
	};
	return {
		get path() {
			return place.path;
		},
		write,
		load: async (name, text) => loadConfiguration(await write(name, text)),
	};
}

/** What is refused, by its message without the directory. */
export async function complaint(call: Promise<unknown>): Promise<string> {
	const error = await call.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (!(error instanceof Error) || (error as { code?: unknown }).code !== "INVALID_ARGUMENT")
		throw new Error("nothing was refused as it should be", { cause: error });
	return error.message.replace(/^\/\S*\//, "");
}
