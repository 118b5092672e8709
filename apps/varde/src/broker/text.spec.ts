import fc from 'fast-check';
import { areWildcardsInPlace, isTextAllowed } from './text.js';

test('text without control and non-characters is allowed, whatever its script', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const isForbidden = [...text].some((char) => {
        const code = char.codePointAt(0) as number;
        return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
      });
      expect(isTextAllowed(Buffer.from(text))).toBe(!isForbidden);
    }),
  );
});

test('any bytes get an answer', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof isTextAllowed(bytes) === 'boolean'));
});

test.each([
  ['#', true],
  ['+', true],
  ['a/+/b', true],
  ['+/+/#', true],
  ['/+', true],
  ['a/#', true],
  ['#/a', false],
  ['a+', false],
  ['+a/b', false],
  ['a/+b/c', false],
  ['a/b#', false],
  ['##', false],
])('filter %s: %s [MQTT-4.7.1-2] [MQTT-4.7.1-3]', (filter, isFine) => {
  expect(areWildcardsInPlace(Buffer.from(filter))).toBe(isFine);
});
