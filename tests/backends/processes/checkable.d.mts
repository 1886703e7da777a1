export function checkable(size: number, value: number): Uint8Array;
export function isWhole(bytes: Uint8Array): boolean;
