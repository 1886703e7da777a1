export interface Chunk {
	readonly fileName: string;
	readonly code: string;
}

export function bundle(entries: Readonly<Record<string, string>>, directory?: string): Promise<Chunk[]>;
