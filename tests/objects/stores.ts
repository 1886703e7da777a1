import { type Connection, connect } from "tesserae";
import { afterAll, beforeAll } from "vitest";
import { scratch } from "../backends/scratch.js";
import { directory, type Habits, serve } from "../http/server.js";

/** One place, written through one connection and read through another or the same. */
export interface Place {
	readonly name: string;
	/** Undefined where it can be written to. */
	readonly readsOnly?: true;
	open(): Promise<Opened>;
}

export interface Opened {
	readonly reader: Connection;
	readonly writer: Connection;
	close(): Promise<void>;
}

async function opened(target: string, remove: () => Promise<void> = async () => {}): Promise<Opened> {
	const con = await connect(target, target.startsWith("ram:") ? {} : { durability: "none" });
	return { reader: con, writer: con, close: () => con.close().then(remove) };
}

/** A directory behind a web server of such habits. */
async function served(habits: Habits): Promise<Opened> {
	const place = await scratch();
	const writer = await connect(`file:${place.path}`, { durability: "none" });
	const server = await serve(directory(place.path, habits));
	const reader = await connect(server.url);
	const close = async (): Promise<void> => {
		for (const open of [reader, writer, server]) await open.close();
		await place.remove();
	};
	return { reader, writer, close };
}

export const PLACES: readonly Place[] = [
	{ name: "ram", open: () => opened("ram:") },
	{
		name: "file",
		async open() {
			const place = await scratch();
			return opened(`file:${place.path}/store`, place.remove);
		},
	},
	{
		name: "sqlite",
		async open() {
			const place = await scratch();
			return opened(`sqlite:${place.path}/store.sqlite`, place.remove);
		},
	},
	{ name: "http", readsOnly: true, open: () => served({}) },
	{ name: "http without ranges", readsOnly: true, open: () => served({ ranges: false }) },
];

export const WRITABLE: readonly Place[] = PLACES.filter(({ readsOnly }) => !readsOnly);

/** Opens the place before the tests of a group, and closes it after them. */
export function openedFor({ open }: Place): { readonly now: Opened } {
	let current: Opened | undefined;
	beforeAll(async () => {
		current = await open();
	});
	afterAll(() => current?.close());
	return {
		get now() {
			if (current === undefined) throw new Error("not open yet");
			return current;
		},
	};
}

/** Bytes that are nowhere the same for long. */
export function someBytes(length: number): Uint8Array<ArrayBuffer> {
	return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff);
}

/** Everything a stream brings. */
export async function drained(stream: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
	const pieces: Uint8Array[] = [];
	for await (const piece of stream ?? []) pieces.push(piece);
	return new Uint8Array(Buffer.concat(pieces));
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
	const values: T[] = [];
	for await (const value of source) values.push(value);
	return values;
}
