export function isOfAll(clause: string): boolean;
