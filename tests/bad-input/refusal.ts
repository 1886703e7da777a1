import { connect, type ErrorCode } from "tesserae";
import { expect } from "vitest";
import { complaintAbout } from "../fuzz/judge.js";

/** An object of a store: bytes, text, or what becomes JSON. */
export type Content = Uint8Array | string | object;

export function bytesOf(content: Content): Uint8Array {
	if (content instanceof Uint8Array) return content;
	return new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
}

export type Opened = Awaited<ReturnType<typeof connect>>;

/** A store of these objects. */
export async function storeOf(objects: { readonly [key: string]: Content }): Promise<Opened> {
	const con = await connect("ram:");
	for (const [key, content] of Object.entries(objects)) await con.backend.put(key, bytesOf(content));
	return con;
}

/** Asserts that a call rejects with one error such as a damaged store may end in: of this code, with these words. */
export async function expectRefused(
	call: () => Promise<unknown>,
	code: ErrorCode,
	...words: readonly string[]
): Promise<void> {
	const error = await call().then(
		(result) => expect.unreachable(`nothing was refused, the result is ${String(result)}`),
		(reason: unknown) => reason,
	);
	expect.soft(complaintAbout(error)).toBeUndefined();
	expect.soft(error).toMatchObject({ code });
	for (const word of words) expect.soft((error as Error).message).toContain(word);
}
