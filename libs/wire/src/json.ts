import type { Sentence } from '@varde/vitals';

/** What a received JSON object may hold: anything, under any name. */
export interface JsonObject {
  readonly [name: string]: unknown;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON value in UTF-8 bytes, or undefined when they hold none. */
export function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(payload));
  } catch {
    return undefined;
  }
}

/** Whether a JSON value is an object and not an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is a sentence in both languages. */
export function isSentence(value: unknown): value is JsonObject & Sentence {
  return isObject(value) && typeof value['nb'] === 'string' && typeof value['en'] === 'string';
}

/**
 * The text in a field that may be left out or useless: null unless a text of 1 to `charsMax` characters, none of them U+0000: PostgreSQL has no such
 * character in texts, and one reading that holds it would cost the whole message.
 */
export function optionalText(value: unknown, charsMax = 128): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= charsMax && !value.includes('\0') ? value : null;
}

/** The finite number in a field that may be left out or useless, else null. */
export function optionalNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A received value as it may appear in a refusal's detail: short, on one line, and never free text or eleven digits, which may be a person's. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string' && (!/^[\w.:+/-]*$/.test(value) || /\d{11}/.test(value))) return `a text of ${value.length} characters`;
  const text = typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`;
}
