/** Makes `console.log` print what `toString` returns. */
export function printsAsString(prototype: { toString(): string }): void {
	Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), {
		enumerable: false,
		value(this: { toString(): string }): string {
			return this.toString();
		},
	});
}
