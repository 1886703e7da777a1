import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contestant, Sample } from "./measure.js";
import type { Results } from "./results.js";

const ROOT = new URL("../../../", import.meta.url);
const SCRIPT = fileURLToPath(new URL("bench/peers/dosna_convolutions.py", ROOT));
const PROGRAMS = fileURLToPath(new URL(".venv-dosna/bin/", ROOT));

/** What all its runs have in common. */
export interface DosnaWork {
	/** Where it may keep its files. */
	readonly directory: string;
	/** A file of float32, row-major, a cube. */
	readonly input: string;
	readonly chunk: number;
	readonly sigma: number;
}

export interface DosnaVariant {
	readonly backend: "hdf5" | "ram";
	/** Neighbours read on both sides of a slab. */
	readonly halo: number;
}

interface Answer extends Sample {
	readonly digest?: string;
}

/** DosNa in a Python environment of its own. Every run is a process that loads the data, does the work by the clock, and deletes. */
export class Dosna {
	readonly #work: DosnaWork;

	private constructor(work: DosnaWork) {
		this.#work = work;
	}

	/** Where it is not installed, the results say how to. */
	static find({ omissions, peers }: Results, work: DosnaWork): Dosna | undefined {
		if (existsSync(`${PROGRAMS}python`)) {
			peers.DosNa = "0.1";
			return new Dosna(work);
		}
		omissions.push({ name: `DosNa, chunk ${work.chunk}`, reason: "no .venv-dosna: run scripts/dosna-env.sh" });
		return undefined;
	}

	contestant(name: string, variant: DosnaVariant): Contestant {
		return { name, run: () => this.#run([`${PROGRAMS}python`, SCRIPT, ...this.#options(variant)]) };
	}

	/** As many processes as there are cores, under MPI; none where that is not installed. */
	onEveryCore(name: string, variant: DosnaVariant): Contestant[] {
		const mpiexec = `${PROGRAMS}mpiexec`;
		if (!existsSync(mpiexec)) return [];
		const ranks = [mpiexec, "-n", String(availableParallelism()), `${PROGRAMS}python`];
		return [{ name, run: () => this.#run([...ranks, SCRIPT, "--engine", "mpi", ...this.#options(variant)]) }];
	}

	/** SHA-256 of the result's bytes, in hexadecimal. */
	async digest(variant: DosnaVariant): Promise<string | undefined> {
		return (await this.#run([`${PROGRAMS}python`, SCRIPT, "--digest", ...this.#options(variant)])).digest;
	}

	#options({ backend, halo }: DosnaVariant): string[] {
		return Object.entries({ ...this.#work, backend, halo }).flatMap(([name, value]) => [`--${name}`, String(value)]);
	}

	async #run([program = "", ...args]: readonly string[]): Promise<Answer> {
		const { stdout } = await promisify(execFile)(program, args);
		return JSON.parse(stdout) as Answer;
	}
}
