import { writeFile } from "node:fs/promises";
import * as echarts from "echarts";
import sharp from "sharp";
import type { EngineTimings, Measured } from "./result-file.js";
import { median } from "./timings.js";

/** Colours that colour-blind people tell apart (Okabe and Ito). */
const COLORS = ["#666666", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const TEXT = { color: "#222222", fontFamily: "DejaVu Sans, Arial, Helvetica, sans-serif", fontSize: 13 };
const SIZE = { width: 900, height: 480 };
/** PNG pixels per pixel of the chart. */
const SCALE = 2;
/** The variant by which engines are compared. */
const COLUMN = "3D+halo";

/**
 * Writes `<path>.svg` and `<path>.png`: what each engine took for the 3-D kernel with halo, where the same volumes in chunks of the same sizes were smoothed
 * by several.
 * @returns false where there is nothing to compare
 */
export async function writeEnginesChart(
	path: string,
	{ sweep, setting }: Pick<Measured, "sweep" | "setting">,
	all: readonly EngineTimings[],
): Promise<boolean> {
	const engines = all.filter(({ sigma }) => sigma === sweep.sigma);
	if (new Set(engines.map(({ engine }) => engine)).size < 2) return false;
	const chart = echarts.init(null, null, { renderer: "svg", ssr: true, ...SIZE });
	try {
		chart.setOption(optionsOf(engines, `${setting.backend} · 3-D Gaussian with halo, σ ${sweep.sigma}`));
		const svg = chart.renderToSVGString();
		await writeFile(`${path}.svg`, svg);
		await sharp(Buffer.from(svg), { density: 72 * SCALE })
			.png()
			.toFile(`${path}.png`);
		return true;
	} finally {
		// Else its timers keep the process alive.
		chart.dispose();
	}
}

function optionsOf(engines: readonly EngineTimings[], title: string): echarts.EChartsOption {
	const names = engines.map(({ engine, workers }) => `${engine}, ${workers}`);
	const times = engines.map(timesOf);
	const places = [...new Set(times.flatMap((one) => [...one.keys()]))];
	return {
		animation: false,
		backgroundColor: "#ffffff",
		color: COLORS,
		textStyle: TEXT,
		title: {
			text: title,
			subtext: "median time of a map; engine, workers",
			left: "center",
			top: 10,
			textStyle: { ...TEXT, fontSize: 16, fontWeight: "bold" },
			subtextStyle: TEXT,
		},
		legend: { data: names, top: 60, itemGap: 40, textStyle: TEXT },
		grid: { left: 72, right: 24, top: 100, bottom: 70 },
		xAxis: {
			type: "category",
			data: places,
			name: "volume / edge of the chunks (voxels)",
			nameLocation: "middle",
			nameGap: 40,
			nameTextStyle: TEXT,
			axisLabel: TEXT,
		},
		yAxis: { type: "value", name: "time (s)", nameTextStyle: TEXT, axisLabel: TEXT },
		series: names.map((name, i) => ({
			type: "bar" as const,
			name,
			data: places.map((place) => times[i]?.get(place) ?? null),
		})),
	};
}

/** Medians by volume and chunk size. */
function timesOf(timings: EngineTimings): Map<string, number> {
	const times = new Map<string, number>();
	for (const [dataIndex, shape] of timings.shapes.entries())
		for (const [chunkIndex, chunkSize] of timings.chunkSizes.entries()) {
			const tests = timings.of(dataIndex, chunkIndex, COLUMN);
			if (tests.length > 0) times.set(`${shape} / ${chunkSize}`, median(tests));
		}
	return times;
}
