import { isStoreError } from "../errors.js";
import type { Operation } from "./counts.js";

type Attributes = Record<string, string | number | boolean>;

/** What a span of OpenTelemetry has, as far as it is used here. */
export interface Span {
	setStatus(status: { code: number; message?: string }): unknown;
	recordException(error: Error): void;
	end(): void;
}

/** A tracer of OpenTelemetry (`trace.getTracer("…")` of @opentelemetry/api), or anything that has these of its methods. */
export interface Tracer {
	startSpan(name: string, options: { attributes: Attributes }): Span;
	startActiveSpan<T>(name: string, options: { attributes: Attributes }, run: (span: Span) => T): T;
}

/** `SpanStatusCode.ERROR` of @opentelemetry/api. */
const ERROR = 2;

/** Where a span is about: the store, and the object or the beginning of the keys, where it is one. */
export interface Subject {
	readonly location: string;
	readonly key: string | undefined;
}

/** Runs `call` within a span, so that those of its requests lie below it. */
export function traced<T>(tracer: Tracer, operation: Operation, subject: Subject, call: () => Promise<T>): Promise<T> {
	return tracer.startActiveSpan(`tesserae.${operation}`, { attributes: attributesOf(subject) }, async (span) => {
		try {
			return await call();
		} catch (error) {
			fail(span, error);
			throw error;
		} finally {
			span.end();
		}
	});
}

/** The same for what comes one by one. */
export async function* tracedEach<T>(
	tracer: Tracer,
	operation: Operation,
	subject: Subject,
	items: AsyncIterable<T>,
): AsyncGenerator<T> {
	const span = tracer.startSpan(`tesserae.${operation}`, { attributes: attributesOf(subject) });
	try {
		yield* items;
	} catch (error) {
		fail(span, error);
		throw error;
	} finally {
		span.end();
	}
}

function attributesOf({ location, key }: Subject): Attributes {
	const store = { "tesserae.store": location };
	return key === undefined ? store : { ...store, "tesserae.key": key };
}

function fail(span: Span, error: unknown): void {
	if (error instanceof Error) span.recordException(error);
	span.setStatus(isStoreError(error) ? { code: ERROR, message: error.code } : { code: ERROR });
}
