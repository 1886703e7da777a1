import { writeFile } from "node:fs/promises";
import * as echarts from "echarts";
import sharp from "sharp";
import type { Measured } from "./result-file.js";
import { shapeName } from "./sweep.js";
import { COLUMNS, median } from "./timings.js";

interface Style {
	readonly label: string;
	readonly color: string;
	readonly symbol: string;
	readonly type: "solid" | "dashed" | "dotted";
}

/** How each column of the timings is drawn: in colours that colour-blind people tell apart (Okabe and Ito), broken without halo. */
const STYLES: readonly Style[] = [
	{ label: "create + load", color: "#666666", symbol: "diamond", type: "dotted" },
	{ label: "3-D", color: "#0072b2", symbol: "emptyCircle", type: "dashed" },
	{ label: "3 × 1-D", color: "#d55e00", symbol: "emptyRect", type: "dashed" },
	{ label: "3-D, halo", color: "#0072b2", symbol: "circle", type: "solid" },
	{ label: "3 × 1-D, halo", color: "#d55e00", symbol: "rect", type: "solid" },
];

/** In pixels: one panel, the space around its axes, and what is above all panels. */
const PANEL = { width: 400, height: 380, left: 72, right: 20, top: 36, bottom: 64 };
const HEAD = 88;
const NARROWEST = 680;
const PANELS_IN_A_ROW = 3;
/** PNG pixels per pixel of the chart. */
const SCALE = 2;
/** Pixels from one column's points to the next one's, which would else lie on each other. */
const DODGE = 5;
const TEXT = { color: "#222222", fontFamily: "DejaVu Sans, Arial, Helvetica, sans-serif", fontSize: 13 };
const GRID_LINE = "#dddddd";

/**
 * Writes `<path>.svg` and `<path>.png`: time against chunk size for each column of the timings, one panel per data size. Letters of the PNG
 * are those of the machine's fonts.
 */
export async function writeChart(path: string, shown: Measured): Promise<void> {
	const svg = drawChart(shown);
	await writeFile(`${path}.svg`, svg);
	await sharp(Buffer.from(svg), { density: 72 * SCALE })
		.png()
		.toFile(`${path}.png`);
}

function drawChart(shown: Measured): string {
	const panels = shown.sweep.shapes.length;
	const columns = panels <= PANELS_IN_A_ROW ? panels : Math.min(PANELS_IN_A_ROW, Math.ceil(Math.sqrt(panels)));
	const width = Math.max(NARROWEST, columns * PANEL.width);
	const height = HEAD + Math.ceil(panels / columns) * PANEL.height;
	const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
	try {
		const scales = scalesOf(shown);
		const parts = shown.sweep.shapes.map((_, panel) =>
			panelOf(shown, scales, { panel, columns, width: width / columns }),
		);
		chart.setOption({
			animation: false,
			backgroundColor: "#ffffff",
			textStyle: TEXT,
			title: [headline(shown), ...parts.map(({ title }) => title)],
			legend: legend(),
			grid: parts.map(({ grid }) => grid),
			xAxis: parts.map(({ xAxis }) => xAxis),
			yAxis: parts.map(({ yAxis }) => yAxis),
			series: parts.flatMap(({ series }) => series),
		});
		return chart.renderToSVGString();
	} finally {
		// Else its timers keep the process alive.
		chart.dispose();
	}
}

function headline({ sweep, setting }: Measured): echarts.TitleComponentOption {
	const { backend, engine, workers } = setting;
	const text = `Gaussian smoothing in chunks, σ ${sweep.sigma}`;
	const where = `${backend} · ${engine}, ${workers} worker${workers === 1 ? "" : "s"}`;
	const tests = sweep.ntest > 1 ? `median of ${sweep.ntest} tests, bars from fastest to slowest` : "one test";
	const textStyle = { ...TEXT, fontSize: 16, fontWeight: "bold" } as const;
	return { text, subtext: `${where} · ${tests}`, left: "center", top: 12, textStyle, subtextStyle: TEXT };
}

function legend(): echarts.LegendComponentOption {
	const data = STYLES.map(({ label }) => label);
	return { data, top: 66, left: "center", itemWidth: 40, itemGap: 26, textStyle: TEXT, selectedMode: false };
}

/** One axis of logarithms, the same in all panels. */
interface Scale {
	readonly min: number;
	readonly max: number;
	/** Logarithms of the values that are labelled. */
	readonly ticks: readonly number[];
}

interface Scales {
	readonly x: Scale;
	readonly y: Scale;
}

function scalesOf({ sweep, timings }: Measured): Scales {
	const sizes = sweep.chunkSizes.map(Math.log2);
	const times = Array.from(timings.seconds)
		.filter((seconds) => seconds > 0)
		.map(Math.log10);
	const [first, last] = [Math.min(...sizes), Math.max(...sizes)];
	const margin = Math.max(0.25, (last - first) / 10);
	const [low, high] = [Math.min(...times) - 0.08, Math.max(...times) + 0.08];
	return {
		x: { min: first - margin, max: last + margin, ticks: sizes },
		y: { min: low, max: high, ticks: decadeTicks(low, high) },
	};
}

/** 1, 2 and 5 in every decade; where there are many, 1 alone. */
function decadeTicks(low: number, high: number): number[] {
	const digits = high - low > 2.5 ? [1] : [1, 2, 5];
	const decades = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, n) => Math.floor(low) + n);
	const ticks = decades.flatMap((decade) => digits.map((digit) => decade + Math.log10(digit)));
	return ticks.filter((tick) => tick >= low && tick <= high);
}

interface Place {
	readonly panel: number;
	/** Panels in a row. */
	readonly columns: number;
	/** Of one panel. */
	readonly width: number;
}

function panelOf(shown: Measured, scales: Scales, { panel, columns, width }: Place) {
	const left = (panel % columns) * width;
	const top = HEAD + Math.floor(panel / columns) * PANEL.height;
	const inner = { width: width - PANEL.left - PANEL.right, height: PANEL.height - PANEL.top - PANEL.bottom };
	const text = `${shapeName(shown.sweep.shapes[panel] ?? [])} voxels`;
	const dodge = (DODGE / inner.width) * (scales.x.max - scales.x.min);
	return {
		title: {
			text,
			left: left + PANEL.left + inner.width / 2,
			top: top + 8,
			textAlign: "center",
			textStyle: { ...TEXT, fontSize: 14 },
		} as const,
		grid: { left: left + PANEL.left, top: top + PANEL.top, ...inner },
		xAxis: axisOf(scales.x, {
			name: "edge of the chunks (voxels)",
			gap: 32,
			panel,
			show: (log) => String(Math.round(2 ** log)),
		}),
		yAxis: axisOf(scales.y, {
			name: "time (s)",
			gap: 50,
			panel,
			show: (log) => String(Number((10 ** log).toPrecision(1))),
		}),
		series: STYLES.flatMap((style, column) => seriesOf(shown, style, { panel, column, shift: (column - 2) * dodge })),
	};
}

interface AxisLook {
	readonly name: string;
	/** Pixels from the axis to its name. */
	readonly gap: number;
	readonly panel: number;
	show(logarithm: number): string;
}

function axisOf({ min, max, ticks }: Scale, { name, gap, panel, show }: AxisLook) {
	const customValues = [...ticks];
	return {
		type: "value",
		gridIndex: panel,
		min,
		max,
		name,
		nameLocation: "middle",
		nameGap: gap,
		nameTextStyle: TEXT,
		axisLine: { show: true, onZero: false, lineStyle: { color: TEXT.color } },
		axisTick: { show: true, customValues },
		axisLabel: { ...TEXT, customValues, formatter: show, showMinLabel: true, showMaxLabel: true, hideOverlap: true },
		splitLine: { show: true, lineStyle: { color: GRID_LINE } },
	} as const;
}

interface Column {
	readonly panel: number;
	/** Place among the columns of the timings. */
	readonly column: number;
	/** Along the axis of chunk sizes. */
	readonly shift: number;
}

/** The medians, joined by a line, and a bar from the fastest to the slowest test. */
function seriesOf(
	{ sweep, timings }: Measured,
	style: Style,
	{ panel, column, shift }: Column,
): echarts.SeriesOption[] {
	const points = sweep.cells
		.filter(({ dataIndex }) => dataIndex === panel)
		.map((cell) => ({ x: Math.log2(cell.chunkSize) + shift, times: timings.of(cell, COLUMNS[column] as string) }))
		.filter(({ times }) => times.length > 0)
		.sort((a, b) => a.x - b.x);
	const { label: name, color, symbol, type } = style;
	const axes = { xAxisIndex: panel, yAxisIndex: panel };
	return [
		{
			...axes,
			type: "line",
			name,
			data: points.map(({ x, times }) => [x, Math.log10(median(times))]),
			symbol,
			symbolSize: 8,
			lineStyle: { color, type, width: 2 },
			itemStyle: { color },
			z: 3,
		},
		{
			...axes,
			type: "custom",
			data: points.map(({ x, times }) => [x, Math.log10(Math.min(...times)), Math.log10(Math.max(...times))]),
			renderItem: (_, api) => bar(api, color),
		},
	];
}

function bar(api: echarts.CustomSeriesRenderItemAPI, color: string): echarts.CustomSeriesRenderItemReturn {
	const [x, low] = api.coord([api.value(0), api.value(1)]) as [number, number];
	const [, high] = api.coord([api.value(0), api.value(2)]) as [number, number];
	const line = (x1: number, y1: number, x2: number, y2: number) =>
		({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: color, lineWidth: 1.25 } }) as const;
	return {
		type: "group",
		children: [line(x, low, x, high), line(x - 3, low, x + 3, low), line(x - 3, high, x + 3, high)],
	};
}
