import { type Browser, chromium } from "playwright-core";

/** Where Debian puts it; `$TESSERAE_CHROMIUM` names another one. */
const { TESSERAE_CHROMIUM: executablePath = "/usr/bin/chromium", TESSERAE_TEST_SERVICES, CI } = process.env;

/** A headless Chromium; undefined, with the reason printed, where there is none or it was not asked for. In CI a missing one is an error. */
export async function openChromium(): Promise<Browser | undefined> {
	if (TESSERAE_TEST_SERVICES !== "1") return undefined;
	try {
		return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
	} catch (error) {
		if (CI) throw error;
		console.warn(`browser tests are skipped: ${executablePath} does not start (apt-get install chromium): ${error}`);
		return undefined;
	}
}
