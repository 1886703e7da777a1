/**
 * Two ends of a line show one another that they know the secret of the job, which does not travel: each answers to a challenge of the other's
 * (HMAC, RFC 2104). Until then nothing is read but short JSON.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Line } from "./line.js";

const PROTOCOL = "tesserae ranks 2";

/** Who a rank says it is. */
export interface Introduction {
	readonly rank: number;
	readonly size: number;
	readonly job: string;
	/** `up`: the line carries what the rank says, `down`: what root says. What cannot be sent closes a line, and what was sent before on the other way is still to be heard. */
	readonly way: "up" | "down";
	/** Values are encoded by V8: both ends must be of the same. */
	readonly v8: string;
}

/** Challenge and answer of root. @returns who is there; undefined for one that is no rank of this job */
export async function receive(line: Line, token: string): Promise<Introduction | undefined> {
	const challenge = randomBytes(16).toString("hex");
	say(line, { protocol: PROTOCOL, challenge });
	const answer = await hear(line);
	if (answer === undefined) return undefined;
	const { rank, size, job, way, v8, challenge: other, proof } = answer;
	const who = { rank, size, job, way, v8 } as Introduction;
	if (typeof other !== "string" || !proves(proof, token, [challenge, JSON.stringify(who)])) return undefined;
	say(line, { proof: prove(token, [other, "root"]) });
	return who;
}

/** @returns true where root is at the other end, and knows this rank to be one of its own */
export async function introduce(line: Line, token: string, who: Introduction): Promise<boolean> {
	const hello = await hear(line);
	if (hello?.protocol !== PROTOCOL || typeof hello.challenge !== "string") return false;
	const challenge = randomBytes(16).toString("hex");
	say(line, { ...who, challenge, proof: prove(token, [hello.challenge, JSON.stringify(who)]) });
	const answer = await hear(line);
	return answer !== undefined && proves(answer.proof, token, [challenge, "root"]);
}

function say(line: Line, message: { readonly [name: string]: unknown }): void {
	line.send(Buffer.from(JSON.stringify(message)));
}

async function hear(line: Line): Promise<{ readonly [name: string]: unknown } | undefined> {
	const frame = await line.next();
	try {
		const message: unknown = frame && JSON.parse(frame.toString());
		return typeof message === "object" && message !== null ? { ...message } : undefined;
	} catch {
		return undefined;
	}
}

function prove(token: string, parts: readonly string[]): string {
	return createHmac("sha256", token).update(parts.join("\n")).digest("hex");
}

function proves(proof: unknown, token: string, parts: readonly string[]): boolean {
	const expected = Buffer.from(prove(token, parts));
	const given = Buffer.from(typeof proof === "string" ? proof : "");
	return given.length === expected.length && timingSafeEqual(given, expected);
}
