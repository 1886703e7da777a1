import { type FileHandle, open } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface Served {
	/** `http://127.0.0.1:PORT` */
	readonly url: string;
	/** What was asked so far. */
	readonly requests: IncomingMessage[];
	close(): Promise<void>;
}

/** An HTTP server on this machine. */
export async function serve(listener: RequestListener): Promise<Served> {
	const requests: IncomingMessage[] = [];
	const server = createServer((request, response) => {
		requests.push(request);
		listener(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		async close() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

export interface Habits {
	/** How versions are told, beside Last-Modified. Default strong. */
	readonly etags?: "strong" | "weak" | "none" | undefined;
	/** Default true; else the header Range is ignored. */
	readonly ranges?: boolean | undefined;
	/** Default true; else HEAD is answered with 405. */
	readonly head?: boolean | undefined;
	/** Default true; else bodies come in chunks whose number is not told. */
	readonly lengths?: boolean | undefined;
	/** Default true; else Content-Range leaves the size of the whole object out. */
	readonly totals?: boolean | undefined;
	/** Further headers of every answer. */
	readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Serves a directory as web servers do; what a server may do otherwise is told by `habits`. */
export function directory(path: string, habits: Habits = {}): RequestListener {
	return (request, response) => {
		void answer(join(path, decodeURIComponent(pathOf(request))), habits, request, response).catch(() =>
			response.destroy(),
		);
	};
}

/** Without the query. */
export function pathOf(request: IncomingMessage): string {
	return new URL(request.url ?? "/", "http://localhost").pathname;
}

async function answer(path: string, habits: Habits, request: IncomingMessage, response: ServerResponse): Promise<void> {
	for (const [name, value] of Object.entries(habits.headers ?? {})) response.setHeader(name, value);
	if (request.method === "HEAD" && habits.head === false) return void response.writeHead(405).end();
	const file = await open(path).catch(() => undefined);
	try {
		const info = await file?.stat({ bigint: true });
		if (file === undefined || !info?.isFile()) return void response.writeHead(404).end("there is none");
		const etag = `"${info.ino}-${info.size}-${info.mtimeNs}"`;
		response.setHeader("last-modified", info.mtime.toUTCString());
		if (habits.etags !== "none") response.setHeader("etag", habits.etags === "weak" ? `W/${etag}` : etag);
		const span = habits.ranges === false ? undefined : spanOf(request.headers.range, Number(info.size));
		await send(file, span, { size: Number(info.size), habits, request, response });
	} finally {
		await file?.close();
	}
}

interface Exchange {
	readonly size: number;
	readonly habits: Habits;
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
}

async function send(
	file: FileHandle,
	span: readonly [number, number] | undefined,
	{ size, habits, request, response }: Exchange,
): Promise<void> {
	const [start, end] = span ?? [0, size];
	if (start >= end && span !== undefined)
		return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
	if (habits.lengths !== false) response.setHeader("content-length", end - start);
	if (span !== undefined)
		response.setHeader("content-range", `bytes ${start}-${end - 1}/${habits.totals === false ? "*" : size}`);
	response.statusCode = span === undefined ? 200 : 206;
	if (request.method === "HEAD") return void response.end();
	const bytes = new Uint8Array(end - start);
	await file.read(bytes, 0, bytes.length, start);
	// In two pieces, so that a length that is not told is not found out by node:http.
	response.write(bytes.subarray(0, bytes.length >> 1));
	response.end(bytes.subarray(bytes.length >> 1));
}

/** Half-open; empty where nothing is there, undefined without a range. */
function spanOf(header: string | undefined, size: number): readonly [number, number] | undefined {
	const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
	if (first === undefined || last === undefined) return undefined;
	if (first === "") return [Math.max(0, size - Number(last)), size];
	return [Number(first), last === "" ? size : Math.min(size, Number(last) + 1)];
}
