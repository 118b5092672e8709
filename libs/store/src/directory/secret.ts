import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
const HMAC_BYTES = 32;
const KEY_CHARACTERS_MIN = 32;

/** A new secret of a device or gateway: 256 random bits as base64url, 43 characters. Shown once, never kept. */
export function makeSecret(): string {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  // One that begins like an option cannot be typed after one.
  return secret.startsWith('-') ? makeSecret() : secret;
}

/**
 * What is kept of a secret: its HMAC-SHA-256, 32 bytes. A random secret needs no slow hash, and with one ten thousand homes that
 * reconnect at once would stop the service (52 ms each for scrypt against a few microseconds).
 * @param key the installation's VARDE_SECRET
 * @throws KeyTooShort when the key would not hide anything
 */
export function hashSecret(key: string, secret: Uint8Array | string): Buffer {
  if (key.length < KEY_CHARACTERS_MIN) throw new KeyTooShort();
  return createHmac('sha256', key).update(secret).digest();
}

/**
 * Whether a secret belongs to one of the kept hashes, compared in constant time. Two may be valid at once while a credential is
 * being replaced; all are always compared, so the time does not tell which.
 * @param key the installation's VARDE_SECRET
 * @returns the index of the hash that fits, or -1
 * @throws KeyTooShort when the key would not hide anything
 */
export function findSecret(key: string, secret: Uint8Array | string, kept: readonly Uint8Array[]): number {
  const offered = hashSecret(key, secret);
  let found = -1;
  kept.forEach((hash, index) => {
    if (hash.length === HMAC_BYTES && timingSafeEqual(offered, hash)) found = index;
  });
  return found;
}

/** The key of the device credentials has fewer than 32 characters: given as VARDE_SECRET, else in the file that is kept for it. */
export class KeyTooShort extends Error {
  override readonly name = 'KeyTooShort';

  constructor() {
    super(
      `the key of the device credentials needs at least ${KEY_CHARACTERS_MIN} characters: VARDE_SECRET, or the file secret in VARDE_DATA_DIR`,
    );
  }
}
