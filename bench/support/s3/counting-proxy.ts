import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What went by between a client and the gateway. */
export interface Traffic {
	requests: number;
	/** Of the answers, their heads included. */
	bytes: number;
}

export interface CountingProxy extends AsyncDisposable {
	readonly endpoint: string;
	/** Since the last call. */
	take(): Traffic;
}

/** Hands on what comes, byte by byte, and counts. Requests are told by their first line: those that are counted here have no body. */
export async function startCounting(endpoint: string): Promise<CountingProxy> {
	const { hostname, port } = new URL(endpoint);
	const sockets = new Set<Socket>();
	let traffic: Traffic = { requests: 0, bytes: 0 };
	const server = createServer((near) => {
		const far = connect({ host: hostname, port: Number(port), noDelay: true });
		near.setNoDelay(true);
		near.on("data", (piece) => {
			traffic.requests += piece.toString("latin1").match(/^(GET|HEAD) \S+ HTTP\/1\.1\r$/gm)?.length ?? 0;
		});
		far.on("data", (piece) => {
			traffic.bytes += piece.length;
		});
		for (const [from, to] of [
			[near, far],
			[far, near],
		] as const) {
			sockets.add(from);
			from.pipe(to);
			from.on("error", () => to.destroy());
			from.on("close", () => sockets.delete(from));
		}
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		take() {
			const taken = traffic;
			traffic = { requests: 0, bytes: 0 };
			return taken;
		},
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
