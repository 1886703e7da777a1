/** Text from a store as it may be shown on one line of a terminal: control characters, which could move its cursor, as escapes. */
export function visible(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
		const escaped = JSON.stringify(character).slice(1, -1);
		return escaped === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : escaped;
	});
}
