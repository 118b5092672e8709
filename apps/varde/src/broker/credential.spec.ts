import { createSecret, findSecret, hashSecret, PepperTooShort } from './credential.js';

const pepper = Buffer.alloc(32, 7);

test('a secret is 256 random bits in 43 characters that need no escaping', () => {
  const secrets = new Set(Array.from({ length: 1_000 }, createSecret));
  expect(secrets.size).toBe(1_000);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('a secret is found by its hash, by either of two while one is being replaced, and by no other', () => {
  const [old, fresh, wrong] = [createSecret(), createSecret(), createSecret()];
  const kept = [hashSecret(pepper, old), hashSecret(pepper, fresh)];
  expect(findSecret(pepper, old, kept)).toBe(0);
  expect(findSecret(pepper, Buffer.from(fresh), kept)).toBe(1);
  expect(findSecret(pepper, wrong, kept)).toBe(-1);
  expect(findSecret(pepper, '', kept)).toBe(-1);
  expect(findSecret(pepper, old, [])).toBe(-1);
  expect(findSecret(Buffer.alloc(32, 8), old, kept)).toBe(-1);
  expect(findSecret(pepper, old, [Buffer.alloc(0)])).toBe(-1);
});

test('HMAC-SHA-256, RFC 4231 test case 6 (key of 131 bytes)', () => {
  const key = Buffer.alloc(131, 0xaa);
  expect(hashSecret(key, 'Test Using Larger Than Block-Size Key - Hash Key First').toString('hex')).toBe(
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  );
});

test('a pepper too short to hide anything is refused', () => {
  expect(() => hashSecret(Buffer.alloc(31), 'x')).toThrow(PepperTooShort);
});
