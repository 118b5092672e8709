/**
 * Arrays as PostgreSQL reads them in text, for `unnest($1::int[], ...)`. The driver's own encoder is several times slower, and with
 * twenty columns of five hundred rows it is most of what storing costs this process.
 */

/** Numbers, or null for NULL. Not for NaN or infinities. */
export function numberArray(values: readonly (number | null)[]): string {
  let text = '{';
  for (let at = 0; at < values.length; at += 1) text += `${at === 0 ? '' : ','}${values[at] ?? 'null'}`;
  return `${text}}`;
}

/** Truths. */
export function booleanArray(values: readonly boolean[]): string {
  return `{${values.map((value) => (value ? 't' : 'f')).join(',')}}`;
}

// What an element may hold without a backslash inside its quotes.
const PLAIN = /^[^"\\]*$/;

/** Texts, or null for NULL. */
export function textArray(values: readonly (string | null)[]): string {
  let text = '{';
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (at > 0) text += ',';
    if (value === null || value === undefined) text += 'null';
    else text += PLAIN.test(value) ? `"${value}"` : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  }
  return `${text}}`;
}

/** Bytes, in hex. */
export function byteArray(values: readonly Uint8Array[]): string {
  return `{${values.map((bytes) => `"\\\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}"`).join(',')}}`;
}
