import { StoreError } from "../../src/errors.js";

/** @throws StoreError UNSUPPORTED, naming the package to install */
export async function loadRedis(): Promise<Pick<typeof import("ioredis"), "Redis">> {
	return import("ioredis").catch((cause) => missing("ioredis", cause));
}

/** @throws StoreError UNSUPPORTED, naming the package to install */
export async function loadBull(): Promise<typeof import("bullmq")> {
	return import("bullmq").catch((cause) => missing("bullmq", cause));
}

function missing(name: string, cause: unknown): never {
	if ((cause as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw cause;
	throw new StoreError("UNSUPPORTED", `the engine distributed needs the package ${name}: npm install bullmq ioredis`, {
		cause,
	});
}
