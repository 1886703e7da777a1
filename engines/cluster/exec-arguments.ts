/** Options of Node that are about the owner's own program, or would have every worker open the same port or write the same file. */
const NOT_FOR_WORKERS =
	/^--?(inspect|debug|eval|e|print|p|pe|check|c|interactive|i|input-type|test|watch|prof|cpu-prof|heap-prof|diagnostic-dir|run)(-[a-z-]+)?(=|$)/;
/** Those of them whose value is the next argument, where it is not joined by `=`. */
const WITH_VALUE =
	/^--?(eval|e|pe|input-type|run|(test|watch|cpu-prof|heap-prof)-[a-z-]+|inspect-port|diagnostic-dir)$/;
/** Those where it may be: `-p 1`, and `-p -e 1`. */
const PERHAPS_WITH_VALUE = /^(--print|-p)$/;

/** The options of Node that a worker gets: loaders, conditions and limits of its owner, for it imports the same modules. */
export function workerArguments(ownerArguments: readonly string[]): string[] {
	const kept: string[] = [];
	for (let i = 0; i < ownerArguments.length; i++) {
		const argument = ownerArguments[i] as string;
		const next = ownerArguments[i + 1];
		if (!NOT_FOR_WORKERS.test(argument)) kept.push(argument);
		else if (WITH_VALUE.test(argument)) i++;
		else if (PERHAPS_WITH_VALUE.test(argument) && next?.startsWith("-") === false) i++;
	}
	return kept;
}
