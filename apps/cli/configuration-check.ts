import type { Cluster, Configuration } from "../../src/config/configuration.js";
import { whereSearched } from "../../src/config/find.js";
import { readConfiguration } from "../../src/config/read.js";
import type { Check } from "./machine-checks.js";
import { visible } from "./visible.js";

/** Which configuration file is read, and what is in it: never a key. */
export async function checkConfiguration(option: string | undefined): Promise<Check[]> {
	const name = "configuration";
	try {
		const configuration = await readConfiguration(option);
		if (configuration === undefined) return [{ name, state: "missing", text: `none: ${whereSearched()}` }];
		return [
			checkFile(configuration),
			...[...configuration.clusters.values()].map((cluster) => describe(cluster, configuration)),
		];
	} catch (error) {
		return [{ name, state: "broken", text: visible((error as Error).message) }];
	}
}

function checkFile({ file, clusters, warnings, isExposed }: Configuration): Check {
	const advice = [...warnings, ...(isExposed ? [`others can read its keys: chmod 600 ${file}`] : [])].join("; ");
	const text = `${file}, ${clusters.size} ${clusters.size === 1 ? "cluster" : "clusters"}`;
	return { name: "configuration", state: advice === "" ? "ok" : "doubtful", text, advice: advice || undefined };
}

function describe({ name, backend, env, options }: Cluster, { defaultCluster }: Configuration): Check {
	const place = backend === "ram" ? "memory of the process" : (options.endpoint ?? (env ? "the environment" : "AWS"));
	const { credentials, profile, anonymous, allowInsecureTls } = options;
	const words = [
		backend === undefined || backend === "ram" ? place : `${backend}, ${place}`,
		...(credentials ? ["keys in the file"] : profile ? [`profile ${profile}`] : anonymous ? ["anonymous"] : []),
		...(allowInsecureTls ? ["certificates not verified"] : []),
		...(name === defaultCluster ? ["the default"] : []),
	];
	return { name: `cluster ${name}`, state: allowInsecureTls ? "doubtful" : "ok", text: words.join(", ") };
}
