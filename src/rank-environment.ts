/** What those who start ranks say in the environment: `tesserae ranks`, mpiexec of Open MPI and MPICH, srun. */
import { StoreError } from "./errors.js";

type Environment = { readonly [name: string]: string | undefined };

/** Place of this process among those of its job. */
export interface RankPlace {
	readonly rank: number;
	readonly size: number;
	/** What all ranks of a job call it, and no other job of the same time; undefined where nobody says. */
	readonly job: string | undefined;
	/** False where ranks are known to be on several hosts. */
	readonly isOneHost: boolean;
}

interface Launcher {
	readonly rank: string;
	readonly sizes: readonly string[];
	/** Variables that together name the job. */
	readonly jobs: readonly (readonly string[])[];
	/** Where as many ranks as there are in all, or one host, means that all are here. */
	readonly localSize?: string;
	readonly hosts?: readonly string[];
}

/** The first that says both rank and size is believed: one that started another comes later. */
const LAUNCHERS: readonly Launcher[] = [
	{ rank: "TESSERAE_RANK", sizes: ["TESSERAE_RANKS"], jobs: [["TESSERAE_JOB"]] },
	{
		rank: "OMPI_COMM_WORLD_RANK",
		sizes: ["OMPI_COMM_WORLD_SIZE"],
		jobs: [["PMIX_NAMESPACE"], ["OMPI_MCA_ess_base_jobid"]],
		localSize: "OMPI_COMM_WORLD_LOCAL_SIZE",
	},
	{ rank: "PMI_RANK", sizes: ["PMI_SIZE"], jobs: [["PMI_JOBID"]], localSize: "MPI_LOCALNRANKS" },
	{
		rank: "SLURM_PROCID",
		sizes: ["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"],
		jobs: [["SLURM_JOB_ID", "SLURM_STEP_ID"], ["SLURM_JOB_ID"]],
		hosts: ["SLURM_STEP_NUM_NODES", "SLURM_JOB_NUM_NODES"],
	},
];

/** Number of this rank, whoever started it; undefined where nobody says. */
export function rankIn(env: Environment): number | undefined {
	for (const { rank } of LAUNCHERS) if (/^\d{1,9}$/.test(env[rank] ?? "")) return Number(env[rank]);
	return undefined;
}

/**
 * Undefined where this process was started by itself.
 * @throws StoreError INVALID_ARGUMENT where what is said makes no sense
 */
export function rankPlaceIn(env: Environment): RankPlace | undefined {
	// The script of a Slurm job is one process, though it is told how many its steps will have.
	const isBatchScript = env.ENVIRONMENT === "BATCH" && env.SLURM_STEP_ID === undefined;
	for (const launcher of LAUNCHERS) {
		if (launcher.rank === "SLURM_PROCID" && isBatchScript) continue;
		const sizeName = launcher.sizes.find((name) => env[name] !== undefined);
		if (sizeName !== undefined && env[launcher.rank] !== undefined) return placeOf(env, launcher, sizeName);
	}
	return undefined;
}

function placeOf(env: Environment, { rank, jobs, localSize, hosts = [] }: Launcher, sizeName: string): RankPlace {
	const [number, size] = [env[rank], env[sizeName]].map((text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : -1));
	if (number === undefined || size === undefined || number < 0 || number >= size)
		throw new StoreError(
			"INVALID_ARGUMENT",
			`${rank} and ${sizeName} are ${JSON.stringify(env[rank])} and ${JSON.stringify(env[sizeName])}: a rank is a whole number from 0 on, below the number of ranks`,
		);
	const names = jobs.find((variables) => variables.every((variable) => env[variable]));
	const job = names?.map((variable) => env[variable]).join(".");
	const local = localSize && env[localSize];
	const count = hosts.map((variable) => env[variable]).find((text) => text !== undefined);
	const isOneHost = (local ? Number(local) === size : true) && (count === undefined || count === "1");
	return { rank: number, size, job, isOneHost };
}
