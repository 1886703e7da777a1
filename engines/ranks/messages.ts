/** What ranks and the switch at root tell one another. Values travel as V8 encodes them, and root passes them on as they came. */
import { deserialize, serialize } from "node:v8";
import { type PlainError, StoreError } from "../../src/errors.js";
import type { Meeting } from "../../src/world.js";

/** What a rank brings to a meeting. */
export type Outcome = { readonly value: Uint8Array | undefined } | { readonly error: PlainError };

/** A rank has done its part at the stage of a call. */
export interface Entry {
	/** The call, in words. */
	readonly what: string;
	readonly kind: Meeting;
	readonly outcome: Outcome;
}

/** Which meeting: the number of the call, and of the meeting within it. */
export interface MeetingPlace {
	readonly call: number;
	readonly stage: number;
}

export type ToSwitch =
	| (MeetingPlace & { readonly type: "enter"; readonly entry: Entry })
	/** The rank does not want to wait there any longer. */
	| (MeetingPlace & { readonly type: "cancel"; readonly error: PlainError })
	/** The rank has left the call. */
	| { readonly type: "end"; readonly call: number; readonly error: PlainError | undefined }
	/** The rank ends; with an error, unless that is as it should be. */
	| { readonly type: "bye"; readonly error: PlainError | undefined };

export type FromSwitch =
	| (MeetingPlace & { readonly type: "met"; readonly values: readonly Uint8Array[] })
	/** @param rank whose failure it is */
	| (MeetingPlace & { readonly type: "failed"; readonly error: PlainError; readonly rank: number | undefined })
	/** It will fail: what this rank does for it is in vain. */
	| (MeetingPlace & { readonly type: "stop" })
	/** All ranks are there. */
	| { readonly type: "begin" }
	/** A rank is gone, so nothing that all do will ever succeed. */
	| { readonly type: "broken"; readonly error: PlainError; readonly rank: number | undefined };

export function encode(message: ToSwitch | FromSwitch): Buffer {
	return serialize(message);
}

export function decode<Message>(payload: Buffer): Message {
	return deserialize(payload);
}

/** @throws StoreError INVALID_ARGUMENT where a value cannot travel */
export function encodeValue(value: unknown): Uint8Array {
	try {
		return serialize(value);
	} catch (cause) {
		throw new StoreError(
			"INVALID_ARGUMENT",
			`a value cannot travel between ranks (${(cause as Error).message}): use numbers, texts, typed arrays, ndarrays, and plain objects and lists of these`,
			{ cause },
		);
	}
}

export function decodeValue(bytes: Uint8Array): unknown {
	return deserialize(bytes);
}
