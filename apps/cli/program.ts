import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { LOG_LEVELS } from "../../src/log.js";
import { type CommandModule, examples, type Start } from "./command.js";
import type { CommonOptions } from "./common-options.js";
import { keyAndValue, logLevel, wholeNumber } from "./option-values.js";

/** Summary and module of each command, in the order of the help. */
const COMMANDS: { readonly [name: string]: readonly [summary: string, load: () => Promise<CommandModule>] } = {
	ls: ["list datasets and groups", () => import("./commands/ls.js")],
	info: ["describe a store or a dataset", () => import("./commands/info.js")],
	create: ["create a dataset", () => import("./commands/create.js")],
	get: ["print values, or write them to a file", () => import("./commands/get.js")],
	set: ["write values", () => import("./commands/set.js")],
	cp: ["copy datasets and array files", () => import("./commands/cp.js")],
	rm: ["delete a dataset or group", () => import("./commands/rm.js")],
	verify: ["read every chunk and report damage", () => import("./commands/verify.js")],
	map: ["apply a function to every chunk", () => import("./commands/map.js")],
	s3: ["list, read, write and copy objects", () => import("./commands/s3.js")],
	ranks: ["run a program several times, as ranks that share its work", () => import("./commands/ranks.js")],
	worker: ["do the work of callers elsewhere", () => import("./commands/worker.js")],
	queue: ["list, follow and cancel the calls of a queue", () => import("./commands/queue.js")],
	bench: ["measure a store", () => import("./commands/bench.js")],
	doctor: ["look for what is missing or broken on this machine", () => import("./commands/doctor.js")],
};

const DESCRIPTION = `Chunked N-dimensional arrays on object storage.

${[
	"An address is TARGET#DATASET[SELECTION]. The target is what connect() opens: sqlite:scan.sqlite, file:scan.zarr, or a path.",
	"What is at the path tells what it is; where nothing is, a name that ends in .zarr or / is made a directory, any other an SQLite file.",
	`The selection is NumPy's, such as [0, 2:8, ::-1]. "#", "[" and "%" in names are written %23, %5B and %25.`,
].join(" ")}`;

/** The whole program. A command's own options are added when it is called. */
export function makeProgram(startWith: (options: CommonOptions) => Start): Command {
	const program = new Command("tesserae").description(DESCRIPTION).usage("COMMAND ADDRESS [options]");
	program.version(ownVersion(), "-V, --version", "print the version").helpOption("-h, --help", "print this");
	program.helpCommand(false).exitOverride().showSuggestionAfterError();
	program.configureHelp({ showGlobalOptions: true, styleTitle: (title) => title.toUpperCase() });
	addCommonOptions(program);
	for (const [name, [summary]] of Object.entries(COMMANDS)) program.command(name).description(summary);
	program.hook("preSubcommand", async (_, command) => {
		const [, load] = COMMANDS[command.name()] as (typeof COMMANDS)[string];
		(await load()).define(command, startWith(program.opts()));
	});
	return program.addHelpText(
		"after",
		examples("tesserae ls scan.sqlite", 'tesserae get "scan.sqlite#data[0, :4, :4]"'),
	);
}

/**
 * Options behind the script of `ranks` are the script's; those of all other commands may stand anywhere.
 * @param args as they were given
 */
export function leaveOptionsOfScripts(program: Command, args: readonly string[]): void {
	for (let at = 0; at < args.length; at++) {
		const arg = args[at] as string;
		if (!arg.startsWith("-")) {
			program.enablePositionalOptions(arg === "ranks");
			return;
		}
		if (program.options.some((option) => [option.short, option.long].includes(arg) && option.required)) at++;
	}
}

const LEVELS = `how much to tell on stderr: ${LOG_LEVELS.join(", ")}; default warn`;

function addCommonOptions(program: Command): void {
	program
		.option("--json", "print one JSON document instead of text")
		.option("--engine <name>", "where work runs: sequential, threads, cluster, ranks, distributed")
		.option("--workers <n>", "threads or processes of the engine", wholeNumber)
		.option("-O, --option <key=value>", "an option of connect(), such as memory=512MiB; may be repeated", keyAndValue)
		.option("--config <file>", "the configuration file; default that of TESSERAE_CONFIG, else ./tesserae.toml …")
		.addOption(new Option("--log-level <level>", LEVELS).argParser(logLevel).env("TESSERAE_LOG"))
		.option("--debug", "print the stack of an error");
}

function ownVersion(): string {
	const file = new URL("../../../package.json", import.meta.url);
	return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
