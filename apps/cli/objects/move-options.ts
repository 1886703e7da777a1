import { type Command, Option } from "commander";

/** What is done about what is there already. */
export function addIfExists(command: Command, what: "file" | "object"): Command {
	return command.addOption(
		new Option(
			"--if-exists <do>",
			`where there is such ${what === "file" ? "a file" : "an object"}: error, replace or skip`,
		)
			.choices(["error", "replace", "skip"])
			.default("error"),
	);
}

export function addContentType(command: Command): Command {
	return command.option("--content-type <type>", "media type of new objects; default: what the ending stands for");
}
