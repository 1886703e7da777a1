/**
 * What a process that has just begun takes for its first chunk; prints milliseconds and processor milliseconds of it as JSON:
 * `node cold-start.js import | TARGET ENGINE`. A target that ends in `:` is empty, so the chunk is written first.
 */
const [target = "import", engine = "sequential"] = process.argv.slice(2);
const cpuBefore = process.cpuUsage();
const began = performance.now();

const { connect } = await import("tesserae");
const connection = target === "import" ? undefined : await connect(target, { engine });
if (connection !== undefined) {
	const dataset = target.endsWith(":")
		? await connection.createDataset("cube", { data: new Float32Array(64 ** 3).fill(1), chunkShape: [64 ** 3] })
		: await connection.getDataset("cube");
	const { data } = await (await dataset.chunk(dataset.shape.map(() => 0))).get();
	if (data.length !== 64 ** 3) throw new Error(`${target} gave ${data.length} values`);
}

const wall = performance.now() - began;
const { user, system } = process.cpuUsage(cpuBefore);
console.log(JSON.stringify({ wall, cpu: (user + system) / 1000, sinceStart: began + wall }));
await connection?.close();
