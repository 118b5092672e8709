/** What a row of `T` becomes inside JSON: times come as text. */
export type JsonTexts<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };
