/**
 * Measures the backends s3 and ceph over a Ceph gateway that is started for it: `npm run bench:s3 -- [--only whole,requests/get] [--rounds 5] [--out DIR]`.
 * Rows of the same day's page that are not measured now stay there.
 */
import { parseArgs } from "node:util";
import { boxes } from "./rows/s3-boxes.js";
import { requests } from "./rows/s3-requests.js";
import { whole } from "./rows/s3-whole.js";
import { choose } from "./support/choose.js";
import { describeMachine, versionIn } from "./support/machine.js";
import { markdown } from "./support/report.js";
import type { Results } from "./support/results.js";
import type { GatewayBench } from "./support/s3/bench.js";
import { startGateway } from "./support/s3/gateway.js";
import { keep } from "./support/s3/keep.js";

const GROUPS = { whole, requests, boxes };

const { values: options } = parseArgs({
	options: {
		only: { type: "string", default: Object.keys(GROUPS).join(",") },
		rounds: { type: "string", default: "5" },
		out: { type: "string" },
	},
});
const chosen = choose<GatewayBench>(GROUPS, options.only.split(","));
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes a whole number, not ${options.rounds}`);

const machine = describeMachine();
const results: Results = { rows: [], tables: [], omissions: [], peers: {} };
{
	await using gateway = await startGateway();
	results.peers["@aws-sdk/client-s3"] = versionIn("node_modules/@aws-sdk/client-s3/package.json");
	results.peers["Ceph (memstore)"] = gateway.version;
	const bench: GatewayBench = { rounds, results, gateway, python: async () => undefined };
	for (const { name, run } of chosen) {
		console.error(name);
		await run(bench);
	}
	gateway.client.destroy();
}
console.log(markdown(machine, rounds, results));
if (options.out !== undefined) await keep(options.out, { machine, rounds, ...results });
