/** Settings that are values of a data type, in the form in which metadata tells fill values. */
import { isStoreError, StoreError } from "../errors.js";
import type { DataType } from "../format/data-types.js";
import { parseFill } from "../format/fill-value.js";
import type { Json } from "../format/json.js";

/** @throws StoreError INVALID_ARGUMENT naming the codec and the member */
export function scalarSetting(codec: string, member: string, value: unknown, dtype: DataType): number | bigint {
	try {
		return parseFill((value === "+Infinity" ? "Infinity" : value) as Json, dtype)[0] as number | bigint;
	} catch (error) {
		if (!isStoreError(error, "CORRUPT")) throw error;
		const reason = error.message.replace(" is no fill value of ", " is no value of ");
		throw new StoreError("INVALID_ARGUMENT", `codec ${codec}: ${member}: ${reason}`, { cause: error });
	}
}
