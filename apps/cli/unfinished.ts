/** The mark of a dataset or group that is being filled: an attribute, so that every reader of the store can see it. */
import { isStoreError, StoreError } from "../../src/errors.js";
import { UNFINISHED } from "../../src/operations/unfinished.js";

interface Marked {
	setAttributes(changes: { readonly [name: string]: unknown }): Promise<void>;
}

/**
 * Fills what carries the mark, and takes the mark away; it stays where that fails.
 * @param advice what to do then, where nobody else says it
 */
export async function fillMarked(node: Marked, advice: string | undefined, fill: () => Promise<void>): Promise<void> {
	try {
		await fill();
		await node.setAttributes({ [UNFINISHED]: undefined });
	} catch (error) {
		if (advice === undefined || !isStoreError(error) || error.code === "ABORTED") throw error;
		const { code, message, key, dataset, chunk } = error;
		throw new StoreError(code, `${message}; what is there is marked unfinished: ${advice}`, {
			key,
			dataset,
			chunk,
			cause: error,
		});
	}
}
