const [what, ...rest] = process.argv.slice(2);
const rank = process.env.TESSERAE_RANK;

if (what === "args") console.log(JSON.stringify(rest));
else if (what === "wait") {
	let count = 0;
	process.on("SIGINT", () => {
		console.log(`got SIGINT ${++count}`);
		setTimeout(() => process.exit(0), 500);
	});
	setInterval(() => {}, 1000);
	console.log(`ready ${process.pid}`);
} else {
	for (let i = 0; i < 20; i++) {
		for (const piece of ["line ", String(i), " of ", rank]) {
			process.stdout.write(piece);
			await new Promise((resolve) => setImmediate(resolve));
		}
		process.stdout.write("\n");
	}
	process.stdout.write("end");
}
