import type { CallOptions } from "../../engine.js";
import { StoreError } from "../../errors.js";
import { jsonFromUser } from "../../format/json-from-user.js";
import type { Attributes, JsonObject } from "../../format/metadata.js";
import { type OptionNames, refuseUnknown } from "../../unknown-options.js";

/** What a new group is. */
export interface CreateGroupOptions extends CallOptions {
	readonly attributes?: { readonly [name: string]: unknown } | undefined;
	/** Version of Zarr in which it, and the groups above that are not there yet, are stored; default 3. */
	readonly format?: 2 | 3 | undefined;
}

const NAMES: OptionNames<CreateGroupOptions> = { attributes: true, format: true, signal: true, onProgress: true };

/** @throws StoreError INVALID_ARGUMENT */
export function describeGroup(options: CreateGroupOptions): { attributes: Attributes; format: 2 | 3 } {
	refuseUnknown(options, NAMES, "createGroup");
	const { format = 3 } = options;
	if (format !== 2 && format !== 3)
		throw new StoreError("INVALID_ARGUMENT", `format is 2 or 3, not ${JSON.stringify(format)}`);
	return { attributes: jsonFromUser(options.attributes ?? {}, "attributes") as JsonObject, format };
}
