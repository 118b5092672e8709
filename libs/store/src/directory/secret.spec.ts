import { findSecret, hashSecret, KeyTooShort, makeSecret } from './secret.js';

const KEY = 'a key of thirty-two characters..';

test('a secret is 256 random bits in 43 characters that need no escaping and can be typed after an option', () => {
  const secrets = new Set(Array.from({ length: 1_000 }, makeSecret));
  expect(secrets.size).toBe(1_000);
  for (const secret of secrets) expect(secret).toMatch(/^\w[\w-]{42}$/);
});

test('a secret is found by its hash, by either of two while one is being replaced, and by no other', () => {
  const [old, fresh, wrong] = [makeSecret(), makeSecret(), makeSecret()];
  const kept = [hashSecret(KEY, old), hashSecret(KEY, fresh)];
  expect(findSecret(KEY, old, kept)).toBe(0);
  expect(findSecret(KEY, Buffer.from(fresh), kept)).toBe(1);
  expect(findSecret(KEY, wrong, kept)).toBe(-1);
  expect(findSecret(KEY, '', kept)).toBe(-1);
  expect(findSecret(KEY, old, [])).toBe(-1);
  expect(findSecret(KEY.toUpperCase(), old, kept)).toBe(-1);
  expect(findSecret(KEY, old, [Buffer.alloc(0)])).toBe(-1);
});

test('what is kept stays the same, or no device would get in any more: HMAC-SHA-256, the value from openssl', () => {
  expect(hashSecret(KEY, 'an example secret').toString('hex')).toBe('05ba5b63eeeea9e864dec4aafaef174c18c445ee75064ec90f0164ea2edfb250');
});

test('a key too short to hide anything is refused, when a secret is kept as when it is offered', () => {
  expect(() => hashSecret(KEY.slice(1), 'x')).toThrow(KeyTooShort);
  expect(() => findSecret(KEY.slice(1), 'x', [])).toThrow('at least 32 characters: VARDE_SECRET, or the file secret in VARDE_DATA_DIR');
});
