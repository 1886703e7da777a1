import type { TestCase } from "vitest/node";
import type { Reporter } from "vitest/reporters";

/** Tells what tests failed with that passed when they were tried once more: it may be a fault that shows itself rarely. */
export class SecondTryReporter implements Reporter {
	readonly #passed: TestCase[] = [];

	onTestCaseResult(test: TestCase): void {
		if (test.diagnostic()?.flaky) this.#passed.push(test);
	}

	onTestRunEnd(): void {
		for (const test of this.#passed) {
			console.error(`\nfailed at first: ${test.module.relativeModuleId} > ${test.fullName}`);
			for (const { stack = "", message } of test.result().errors ?? []) console.error(ownLines(stack) || message);
		}
	}
}

function ownLines(stack: string): string {
	const lines = stack.split("\n").filter((line) => !line.includes("/node_modules/"));
	return lines.join("\n");
}
