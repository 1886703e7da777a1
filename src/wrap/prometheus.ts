import { type CountsByOperation, LATENCY_BOUNDS, type Operation, type OperationCounts } from "./counts.js";

interface Family {
	readonly name: string;
	readonly help: string;
	value(counts: OperationCounts): number;
}

const COUNTERS: readonly Family[] = [
	{ name: "operations", help: "Calls begun.", value: ({ operations }) => operations },
	{ name: "errors", help: "Calls that failed.", value: ({ errors }) => errors },
	{ name: "read_bytes", help: "Bytes of objects that were read.", value: ({ bytesRead }) => bytesRead },
	{ name: "written_bytes", help: "Bytes of objects that were written.", value: ({ bytesWritten }) => bytesWritten },
];
const DURATION = "tesserae_operation_duration_seconds";

export interface CacheCounts {
	readonly cacheHits: number;
	readonly cacheMisses: number;
}

/**
 * The text exposition format of Prometheus, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
 * @param store the value of the label `store`
 */
export function prometheusText(store: string, counts: CountsByOperation, cache: CacheCounts): string {
	const label = `store="${escaped(store)}"`;
	const operations = Object.entries(counts) as [Operation, OperationCounts][];
	const lines: string[] = [];
	for (const { name, help, value } of COUNTERS)
		lines.push(
			...heading(`tesserae_${name}_total`, help, "counter"),
			...operations.map(
				([operation, counter]) => `tesserae_${name}_total{${label},operation="${operation}"} ${value(counter)}`,
			),
		);
	for (const [name, what, value] of [
		["hits", "found in a cache", cache.cacheHits],
		["misses", "not found in a cache", cache.cacheMisses],
	])
		lines.push(
			...heading(`tesserae_cache_${name}_total`, `Reads ${what}.`, "counter"),
			`tesserae_cache_${name}_total{${label}} ${value}`,
		);
	lines.push(...heading(DURATION, "Time from call to answer.", "histogram"));
	for (const [operation, counter] of operations) lines.push(...histogram(`${label},operation="${operation}"`, counter));
	return `${lines.join("\n")}\n`;
}

function heading(name: string, help: string, type: string): string[] {
	return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

/** Buckets of the format are cumulative. */
function histogram(labels: string, { latencies, time }: OperationCounts): string[] {
	let calls = 0;
	const buckets = [...LATENCY_BOUNDS, "+Inf"].map((bound, i) => {
		calls += latencies[i] ?? 0;
		return `${DURATION}_bucket{${labels},le="${bound}"} ${calls}`;
	});
	return [...buckets, `${DURATION}_sum{${labels}} ${time / 1000}`, `${DURATION}_count{${labels}} ${calls}`];
}

function escaped(value: string): string {
	return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
