import { createHmac, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** A new secret of a device or gateway: 256 random bits as base64url, 43 characters. Shown once, never kept. */
export function makeSecret(): string {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  // One that begins like an option cannot be typed after one.
  return secret.startsWith('-') ? makeSecret() : secret;
}

/**
 * What is kept of a secret: its HMAC-SHA-256, 32 bytes. A random secret needs no slow hash, and with one ten thousand homes that
 * reconnect at once would stop the service.
 * @param key the installation's VARDE_SECRET
 */
export function hashSecret(key: string, secret: string): Buffer {
  return createHmac('sha256', key).update(secret).digest();
}
