/** The header that a condition becomes. */
export type Condition = { readonly IfNoneMatch: string } | { readonly IfMatch: string } | Record<string, never>;
