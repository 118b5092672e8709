import { createHash } from 'node:crypto';

// An index entry holds 2,704 bytes. The beginning stays readable, and holds the sequence and slot that ingest looks for.
const KEY_CHARS_MAX = 300;
const KEY_START_CHARS = 160;

/** A part of a measurement's duplicate key as it is stored: whole when it is short, else its beginning and a digest. */
export function boundedKey(key: string): string {
  if (key.length <= KEY_CHARS_MAX) return key;
  return `${key.slice(0, KEY_START_CHARS)}#${createHash('sha256').update(key).digest('hex')}`;
}
