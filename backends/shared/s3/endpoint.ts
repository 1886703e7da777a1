import { StoreError } from "../../../src/errors.js";

/**
 * The address of a service, without a slash at its end; undefined where nothing names one.
 * @throws StoreError INVALID_ARGUMENT, which does not repeat it where it holds a password
 */
export function endpointOf(given: string | URL | undefined): string | undefined {
	const text = given ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
	if (text === undefined || text === "") return undefined;
	const url = URL.canParse(String(text)) ? new URL(text) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol))
		throw invalid(`${JSON.stringify(String(text))} is no endpoint: write https://HOST or https://HOST:PORT`);
	if (url.username !== "" || url.password !== "")
		throw invalid("an endpoint holds no user and password: pass credentials, or a profile");
	if (url.search !== "" || url.hash !== "") throw invalid("an endpoint ends with its path, before any ? or #");
	return url.origin + url.pathname.replace(/\/+$/, "");
}

function invalid(message: string): StoreError {
	return new StoreError("INVALID_ARGUMENT", message);
}
