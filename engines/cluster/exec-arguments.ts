/** Options of Node that are about the owner's own program, or would have every worker open the same port or write the same file. */
const NOT_FOR_WORKERS =
	/^--?(inspect|debug|eval|e|print|p|pe|check|c|interactive|i|input-type|test|watch|prof|cpu-prof|heap-prof|diagnostic-dir|run)(-[a-z-]+)?(=|$)/;
/** Those of them whose value may be the next argument. */
const WITH_VALUE =
	/^--?(eval|e|print|p|pe|input-type|run|(test|watch|cpu-prof|heap-prof)-[a-z-]+|inspect-port|diagnostic-dir)$/;

/** The options of Node that a worker gets: loaders, conditions and limits of its owner, for it imports the same modules. */
export function workerArguments(ownerArguments: readonly string[]): string[] {
	const kept: string[] = [];
	for (let i = 0; i < ownerArguments.length; i++) {
		const argument = ownerArguments[i] as string;
		if (!NOT_FOR_WORKERS.test(argument)) kept.push(argument);
		else if (WITH_VALUE.test(argument)) i++;
	}
	return kept;
}
