/** Listens to what is asked of the runtime as memory for bytes: a large request counts even where its pages are never touched. */

let largest = 0;

/** Bytes of the largest request since the last call of this function. */
export function largestAllocation(): number {
	const seen = largest;
	largest = 0;
	return seen;
}

function note(bytes: unknown): void {
	if (typeof bytes === "number" && bytes > largest) largest = bytes;
}

const TYPED_ARRAYS = [
	"Int8Array",
	"Uint8Array",
	"Int16Array",
	"Uint16Array",
	"Int32Array",
	"Uint32Array",
	"Float32Array",
	"Float64Array",
	"BigInt64Array",
	"BigUint64Array",
] as const;

/** Must be called before the library is loaded, which then sees the constructors that listen. */
export function watchAllocations(): void {
	for (const name of TYPED_ARRAYS) watch(name, globalThis[name].BYTES_PER_ELEMENT);
	for (const name of ["ArrayBuffer", "SharedArrayBuffer"] as const) watch(name, 1);
	for (const name of ["alloc", "allocUnsafe", "allocUnsafeSlow"] as const) {
		const original = Buffer[name] as (...given: unknown[]) => Buffer;
		Object.defineProperty(Buffer, name, {
			value: (...given: unknown[]) => {
				note(given[0]);
				return original.apply(Buffer, given);
			},
		});
	}
}

function watch(name: (typeof TYPED_ARRAYS)[number] | "ArrayBuffer" | "SharedArrayBuffer", itemSize: number): void {
	const original = globalThis[name] as unknown as new (...given: unknown[]) => object;
	const watched: typeof original = new Proxy(original, {
		construct(target, given, newTarget) {
			if (typeof given[0] === "number") note(given[0] * itemSize);
			return Reflect.construct(target, given, newTarget === watched ? target : newTarget);
		},
	});
	Object.defineProperty(globalThis, name, { value: watched, writable: true, configurable: true });
}
