import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Command, PeakAnswer, WorkAnswer, WorkCommand } from "./commands.js";
import type { Side } from "./sides.js";

/** What an implementation answers when it cannot do what is asked of it. */
export class Refusal extends Error {}

/** A side that runs: one command at a time. */
export class SideProcess {
	readonly #name: string;
	readonly #process: ChildProcess;
	readonly #answers: AsyncIterator<string>;

	constructor({ name, program, args }: Side) {
		this.#name = name;
		const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
		this.#process = child;
		this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	}

	versions(): Promise<{ readonly [program: string]: string }> {
		return this.#ask({ what: "versions" });
	}

	/** @throws Refusal where the implementation cannot do it */
	work(command: WorkCommand): Promise<WorkAnswer> {
		return this.#ask(command);
	}

	/** MiB. */
	async peak(): Promise<number> {
		return (await this.#ask<PeakAnswer>({ what: "peak" })).peak;
	}

	async #ask<Answer>(command: Command): Promise<Answer> {
		this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
		const { value, done } = await this.#answers.next();
		if (done) throw new Error(`${this.#name} has died: its own message is above`);
		const answer = JSON.parse(value as string) as Answer | { readonly error: string };
		if (typeof answer === "object" && answer !== null && "error" in answer) throw new Refusal(answer.error);
		return answer as Answer;
	}

	/** Waits until its memory is free again. */
	async stop(): Promise<void> {
		const ended = new Promise((resolve) => this.#process.once("exit", resolve));
		this.#process.stdin?.end();
		await ended;
	}
}
