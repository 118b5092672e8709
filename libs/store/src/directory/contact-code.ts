import { createHmac, timingSafeEqual } from 'node:crypto';

const DIGITS = 6;
/** How the key of a notice that carries a code begins; the id of the test follows. */
export const CONTACT_TEST_KEY = 'contact_test/';
/** What stands for the code in the words that are kept. */
const PLACE = '{code}';

/**
 * The code of a test of a contact: six digits made of its id with the installation's key. It is never kept: whoever reads the database
 * cannot answer for the contact.
 */
export function contactTestCode(secretKey: string, testId: number): string {
  const digest = createHmac('sha256', secretKey).update(`${CONTACT_TEST_KEY}${testId}`).digest();
  return String(digest.readUIntBE(0, 6) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** Whether a code is the one of the test. Takes the same time for every wrong code. */
export function isContactTestCode(secretKey: string, testId: number, code: string): boolean {
  const [right, given] = [Buffer.from(contactTestCode(secretKey, testId)), Buffer.from(code.trim())];
  return right.length === given.length && timingSafeEqual(right, given);
}

/** The key of the notice that carries a test's code. */
export function contactTestKey(testId: number): string {
  return `${CONTACT_TEST_KEY}${testId}`;
}

/** The words of a notice as they are sent: the code in its place when the notice carries one, else unchanged. */
export function withContactTestCode(notice: { readonly key: string; readonly text: string }, secretKey: string): string {
  const testId = notice.key.startsWith(CONTACT_TEST_KEY) ? Number(notice.key.slice(CONTACT_TEST_KEY.length)) : Number.NaN;
  return Number.isSafeInteger(testId) ? notice.text.replace(PLACE, contactTestCode(secretKey, testId)) : notice.text;
}
