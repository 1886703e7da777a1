/** Advice of the library that speaks of arguments of its functions, and what to do on the command line instead. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
	[/pass \{ casting: "unsafe" \}/, "add --casting unsafe"],
	[/pass ifExists: "open" or "replace"/, "add --if-exists open or replace"],
	[/pass ifExists: "replace" in place of resume/, "give --if-exists replace in place of --resume"],
	[/give more \(\{ limit \}, or memory of connect\)/, "give more (-O memory=1GiB)"],
	[/mode "a" makes one by the first write/, '"tesserae create" and "tesserae cp" make one'],
];

/** A message of the library with such advice exchanged. */
export function inTermsOfOptions(message: string): string {
	return ADVICE.reduce((text, [pattern, advice]) => text.replace(pattern, advice), message);
}
