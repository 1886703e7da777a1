import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const running = new Set<ChildProcess>();

/** Starts one of the scripts in `processes/`, or that of a URL, with further variables of the environment. */
export function start(
	name: string | URL,
	args: readonly (string | number)[] = [],
	environment: NodeJS.ProcessEnv = {},
): ChildProcess {
	const script = fileURLToPath(name instanceof URL ? name : new URL(`./processes/${name}.mjs`, import.meta.url));
	const env = { ...process.env, ...environment };
	const child = spawn(process.execPath, [script, ...args.map(String)], { stdio: ["pipe", "pipe", "inherit"], env });
	running.add(child);
	child.once("exit", () => running.delete(child));
	return child;
}

/** Everything that a script prints, once it has ended well. */
export async function outputOf(child: ChildProcess): Promise<string> {
	let text = "";
	child.stdout?.on("data", (piece) => {
		text += piece;
	});
	const [code, signal] = await once(child, "close");
	if (code === 0) return text;
	throw new Error(`a script ended with ${code ?? signal}, having printed ${JSON.stringify(text)}`);
}

/** The first thing that a script prints. */
export async function firstOutputOf(child: ChildProcess): Promise<string> {
	const [piece] = await once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data");
	return String(piece);
}

/** After a test, also one that failed: none of its scripts goes on. */
export async function killAll(): Promise<void> {
	await Promise.all(
		[...running].map((child) => {
			child.kill("SIGKILL");
			return once(child, "exit");
		}),
	);
}
