/** Keys of an object store. */
export interface Credentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly sessionToken?: string;
}

/** Credentials that a program reads as usual, while printing them, or what holds them, does not show them. */
export function hidden(keys: { readonly [name in keyof Credentials]: Credentials[name] | undefined }): Credentials {
	const { accessKeyId, secretAccessKey, sessionToken } = keys;
	const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
	const conceal = { value: () => "[hidden]", enumerable: false };
	return Object.defineProperties(credentials as Credentials, {
		toJSON: conceal,
		toString: conceal,
		[Symbol.for("nodejs.util.inspect.custom")]: conceal,
	});
}
