import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 32 random bytes as base64url: 43 characters. */
const SECRET_BYTES = 32;
const HMAC_BYTES = 32;

/**
 * Makes the secret of one device or gateway. It is shown once and never kept; keep {@link hashSecret} of it. A key of 256 random
 * bits needs no slow password hash, and a slow hash would make ten thousand homes coming back at once a denial of service of our
 * own (52 ms each for scrypt against a few microseconds).
 */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/**
 * HMAC-SHA-256 of a secret, 32 bytes: what the database keeps of it.
 * @param pepper secret of the installation, at least 32 bytes, kept outside the database
 * @throws PepperTooShort when the pepper would not hide anything
 */
export function hashSecret(pepper: Uint8Array, secret: Uint8Array | string): Buffer {
  if (pepper.length < HMAC_BYTES) throw new PepperTooShort();
  return createHmac('sha256', pepper).update(secret).digest();
}

/**
 * Whether a secret belongs to one of the kept hashes, compared in constant time. Two may be valid at once while a credential is
 * being replaced; all are always compared, so the time does not tell which.
 * @returns the index of the hash that fits, or -1
 */
export function findSecret(pepper: Uint8Array, secret: Uint8Array | string, kept: readonly Uint8Array[]): number {
  const offered = hashSecret(pepper, secret);
  let found = -1;
  kept.forEach((hash, index) => {
    if (hash.length === HMAC_BYTES && timingSafeEqual(offered, hash)) found = index;
  });
  return found;
}

/** The pepper has fewer than 32 bytes. */
export class PepperTooShort extends Error {
  override readonly name = 'PepperTooShort';

  constructor() {
    super(`the pepper for device secrets needs at least ${HMAC_BYTES} bytes`);
  }
}
