import { writeFile } from "node:fs/promises";
import * as echarts from "echarts";
import sharp from "sharp";
import type { Measurement } from "./contest.js";

/** In colours that colour-blind people tell apart (Okabe and Ito). */
const COLORS: { readonly [side: string]: string } = {
	"tesserae sequential": "#56b4e9",
	"tesserae threads": "#0072b2",
	"tesserae threads, out": "#004166",
	TensorStore: "#d55e00",
	"zarr-python": "#009e73",
	"zarr-python + zarrs": "#e69f00",
	"zarrita.js": "#999999",
};

const TEXT = { color: "#222222", fontFamily: "DejaVu Sans, Arial, Helvetica, sans-serif", fontSize: 12 };
/** In pixels: one panel, the space around its axes, and what is above all panels. */
const PANEL = { width: 900, height: 360, left: 80, right: 20, top: 40, bottom: 70 };
const HEAD = 90;
/** PNG pixels per pixel of the chart. */
const SCALE = 2;
const GRID_LINE = "#dddddd";
/** Of one line of a label. */
const LABEL_LETTERS = 14;

interface Shown {
	/** Of the volume, in elements. */
	readonly edge: number;
	readonly measurements: readonly Measurement[];
}

/** What a column of panels shows. */
interface Figure {
	readonly name: string;
	readonly unit: string;
	of(measurement: Measurement): number;
}

const FIGURES: readonly Figure[] = [
	{ name: "median time", unit: "ms", of: ({ wall }) => wall },
	{ name: "peak memory", unit: "MiB", of: ({ peak }) => peak },
];

/** Writes `<path>.png`: a row of panels per storage, time on the left and memory on the right, both on logarithmic axes. */
export async function writePeersChart(path: string, shown: Shown): Promise<void> {
	const svg = draw(shown);
	await writeFile(
		`${path}.png`,
		await sharp(Buffer.from(svg), { density: 72 * SCALE })
			.png({ palette: true })
			.toBuffer(),
	);
}

function draw({ edge, measurements }: Shown): string {
	const storages = [...new Set(measurements.map(({ storage }) => storage))];
	const width = FIGURES.length * PANEL.width;
	const height = HEAD + storages.length * PANEL.height;
	const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
	try {
		const panels = storages.flatMap((storage, row) =>
			FIGURES.map((figure, column) =>
				panelOf(
					measurements.filter((one) => one.storage === storage),
					figure,
					{ row, column },
				),
			),
		);
		const textStyle = { ...TEXT, fontSize: 17, fontWeight: "bold" } as const;
		const text = `The same ${edge}³ uint16 files, read and written by each implementation`;
		chart.setOption({
			animation: false,
			backgroundColor: "#ffffff",
			textStyle: TEXT,
			title: [{ text, left: "center", top: 12, textStyle }, ...panels.map(({ title }) => title)],
			legend: { data: Object.keys(COLORS), top: 48, left: "center", itemGap: 26, textStyle: TEXT, selectedMode: false },
			grid: panels.map(({ grid }) => grid),
			xAxis: panels.map(({ xAxis }) => xAxis),
			yAxis: panels.map(({ yAxis }) => yAxis),
			series: panels.flatMap(({ series }) => series),
		});
		return chart.renderToSVGString();
	} finally {
		// Else its timers keep the process alive.
		chart.dispose();
	}
}

function panelOf(
	measurements: readonly Measurement[],
	figure: Figure,
	{ row, column }: { readonly row: number; readonly column: number },
) {
	const panel = row * FIGURES.length + column;
	const [left, top] = [column * PANEL.width + PANEL.left, HEAD + row * PANEL.height + PANEL.top];
	const [width, height] = [PANEL.width - PANEL.left - PANEL.right, PANEL.height - PANEL.top - PANEL.bottom];
	const tasks = [...new Set(measurements.map(({ task }) => task))];
	const title = `${measurements[0]?.storage}: ${figure.name}`;
	return {
		title: {
			text: title,
			left: left + width / 2,
			top: top - 28,
			textAlign: "center",
			textStyle: { ...TEXT, fontSize: 14 },
		} as const,
		grid: { left, top, width, height },
		xAxis: taskAxis(tasks, panel),
		yAxis: figureAxis(figure, panel, Math.min(...measurements.map(figure.of))),
		series: Object.entries(COLORS).map(([side, color]) => ({
			type: "bar" as const,
			name: side,
			xAxisIndex: panel,
			yAxisIndex: panel,
			itemStyle: { color },
			barGap: "0%",
			barCategoryGap: "25%",
			data: tasks.map((task) => {
				const found = measurements.find((one) => one.task === task && one.side === side);
				return found === undefined ? "-" : figure.of(found);
			}),
		})),
	};
}

function taskAxis(tasks: readonly string[], panel: number) {
	return {
		type: "category",
		gridIndex: panel,
		data: tasks.map(inLines),
		axisLabel: { ...TEXT, fontSize: 11, interval: 0 },
		axisTick: { show: false },
		axisLine: { lineStyle: { color: TEXT.color } },
	} as const;
}

/** Words in lines as short as the longest allows. */
function inLines(task: string): string {
	if (task.startsWith("[")) return task;
	const lines: string[] = [];
	for (const word of task.split(" ")) {
		const last = lines.at(-1);
		if (last !== undefined && `${last} ${word}`.length <= LABEL_LETTERS) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}
	return lines.join("\n");
}

function figureAxis({ name, unit }: Figure, panel: number, lowest: number) {
	return {
		type: "log",
		min: 10 ** Math.floor(Math.log10(lowest)),
		gridIndex: panel,
		name: `${name} (${unit})`,
		nameLocation: "middle",
		nameGap: 50,
		nameTextStyle: TEXT,
		axisLabel: TEXT,
		splitLine: { show: true, lineStyle: { color: GRID_LINE } },
	} as const;
}
