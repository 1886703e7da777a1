/** Where the configuration file is looked for. */
import type path from "node:path";
import { StoreError } from "../errors.js";
import { rankIn } from "../rank-environment.js";

export interface Found {
	/** Absolute path. */
	readonly file: string;
	/** Somebody asked for it, so that it has to be right. */
	readonly isNamed: boolean;
}

/** What decides beside the option; by default that of this process. */
export interface Surroundings {
	readonly env: { readonly [name: string]: string | undefined };
	readonly cwd: string;
	readonly home: string;
	/** Of several processes that run the same program: the host and the number of this one, where `TESSERAE_CONFIG_PER_RANK=1`, or `TESSERAE_RANK` alone, asks for files of ranks. */
	readonly host: string;
	readonly rank: number | undefined;
}

type Path = typeof path;

/**
 * The configuration file of `connect`: what the option names, else what the environment variable `TESSERAE_CONFIG` names, else the first there is
 * of `./tesserae.toml`, `tesserae/config.toml` in the user's configuration directory and `~/petreloss.conf`. Under ranks `HOST.RANK.FILE` and
 * `RANK.FILE` beside a file come before it. Where there are no files, as in browsers, there is no configuration.
 * @param option a path, or false for none, as `/dev/null` says everywhere
 * @throws StoreError NOT_FOUND where a named file is missing; UNSUPPORTED where one is named and there are no files; INVALID_ARGUMENT
 */
export function findConfiguration(
	option: string | false | undefined,
	around: Partial<Surroundings> = {},
): Found | undefined {
	if (option === false) return undefined;
	if (option !== undefined && (typeof option !== "string" || option === ""))
		throw new StoreError("INVALID_ARGUMENT", "config is the path of a configuration file, or false for none");
	const path = globalThis.process?.getBuiltinModule?.("node:path");
	if (path === undefined && option !== undefined)
		throw new StoreError("UNSUPPORTED", "there are no configuration files here: give connect the options themselves");
	if (path === undefined) return undefined;
	const all = { ...surroundings(), ...around };
	const named = option ?? (all.env.TESSERAE_CONFIG || undefined);
	// Programs are told so to go without their files.
	if (named === process.getBuiltinModule("node:os").devNull) return undefined;
	if (named !== undefined) return findNamed(named, all, path);
	for (const place of searched(all, path))
		for (const file of withRank(place, all, path)) if (fileAt(file)) return { file, isNamed: false };
	return undefined;
}

function findNamed(name: string, around: Surroundings, path: Path): Found {
	const place = path.resolve(
		around.cwd,
		name.replace(/^~(?=[\\/])/, () => around.home),
	);
	for (const file of withRank(place, around, path)) {
		const isFile = fileAt(file);
		if (isFile === true) return { file, isNamed: true };
		if (isFile === false) throw new StoreError("INVALID_ARGUMENT", `${file} is no file, so no configuration`);
	}
	throw new StoreError("NOT_FOUND", `there is no configuration file ${place}`);
}

/** Where a file is looked for that nobody names, best first. */
function searched({ env, cwd, home }: Surroundings, { join, isAbsolute }: Path): readonly string[] {
	const xdg = env.XDG_CONFIG_HOME;
	return [
		join(cwd, "tesserae.toml"),
		// https://specifications.freedesktop.org/basedir-spec: a relative path is ignored.
		join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".config"), "tesserae", "config.toml"),
		join(home, "petreloss.conf"),
	];
}

function withRank(file: string, { host, rank }: Surroundings, { join, dirname, basename }: Path): readonly string[] {
	if (rank === undefined) return [file];
	const [directory, name] = [dirname(file), basename(file)];
	return [join(directory, `${host}.${rank}.${name}`), join(directory, `${rank}.${name}`), file];
}

/** Where a configuration would have been found, in words: for messages that miss one. */
export function whereSearched(): string {
	const path = globalThis.process?.getBuiltinModule?.("node:path");
	return path === undefined ? "there are no files here" : `looked for ${searched(surroundings(), path).join(", ")}`;
}

/**
 * False for directories and the like, and for pipes, which could be read only once; undefined where there is nothing, or nothing that may be
 * seen.
 */
function fileAt(path: string): boolean | undefined {
	try {
		return process.getBuiltinModule("node:fs").statSync(path, { throwIfNoEntry: false })?.isFile();
	} catch {
		return undefined;
	}
}

function surroundings(): Surroundings {
	const { homedir, hostname } = process.getBuiltinModule("node:os");
	const { TESSERAE_CONFIG_PER_RANK: asked, TESSERAE_RANK: rank, TESSERAE_RANKS: ranks } = process.env;
	// Who gives a rank a number and nothing else wants just that.
	const isAsked = asked === "1" || (rank !== undefined && ranks === undefined);
	return {
		env: process.env,
		cwd: orRoot(() => process.cwd()),
		home: orRoot(homedir),
		host: hostname(),
		rank: isAsked ? rankIn(process.env) : undefined,
	};
}

/** A user without a home, and a working directory that was removed, are no reason to fail. */
function orRoot(directory: () => string): string {
	try {
		return directory() || "/";
	} catch {
		return "/";
	}
}
