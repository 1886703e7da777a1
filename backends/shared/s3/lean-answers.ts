/** Answers to requests that the SDK did not make, in the shapes that it gives them. */
import type { IncomingMessage } from "node:http";
import type { GetAnswer } from "./requests.js";
import type { Answer } from "./transport.js";

type Response = Answer["response"];

/** Of an answer that is a message and not an object: more is not read. */
const LONGEST_TEXT = 64 * 1024;

export function getAnswerOf({ statusCode, headers, body }: Response): GetAnswer {
	const metadata = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-"));
	return {
		$metadata: { httpStatusCode: statusCode },
		ETag: headers.etag,
		Metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice("x-amz-meta-".length), value])),
		LastModified: dateOf(headers["last-modified"]),
		ContentLength: headers["content-length"] === undefined ? undefined : Number(headers["content-length"]),
		ContentRange: headers["content-range"],
		ChecksumCRC32: headers["x-amz-checksum-crc32"],
		Body: body,
	};
}

function dateOf(header: string | undefined): Date | undefined {
	const date = new Date(header ?? "");
	return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Reads a message; the rest of one that is too long is given up with its connection. */
export async function textOf(body: IncomingMessage): Promise<string> {
	const pieces: Uint8Array[] = [];
	let length = 0;
	for await (const piece of body as AsyncIterable<Uint8Array>) {
		pieces.push(piece);
		length += piece.length;
		if (length > LONGEST_TEXT) break;
	}
	return Buffer.concat(pieces).toString();
}

/** An answer that is no success, as the SDK throws it, to be read by `failureOf`. */
export function refusalOf({ statusCode, headers }: Response, text: string): Error {
	const [code, message, id] = ["Code", "Message", "RequestId"].map((name) => elementOf(text, name));
	const name = code ?? (statusCode === 404 ? "NotFound" : "UnknownError");
	return Object.assign(new Error(message ?? "UnknownError"), {
		name,
		$metadata: { httpStatusCode: statusCode, requestId: headers["x-amz-request-id"] ?? id },
		$response: { statusCode, headers },
	});
}

/** The text of the first element of that name; of XML no more is needed here. */
function elementOf(xml: string, name: string): string | undefined {
	const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
	return text === ""
		? undefined
		: text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity] ?? "");
}

const ENTITIES: { readonly [name: string]: string } = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
