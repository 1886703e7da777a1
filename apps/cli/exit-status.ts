/** The command ends with a status of its own, for the reason that is the cause. */
export class ExitStatus extends Error {
	override readonly name = "ExitStatus";
	readonly status: number;

	constructor(status: number, cause: Error) {
		super(cause.message, { cause });
		this.status = status;
	}
}
