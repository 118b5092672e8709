import fc from 'fast-check';
import { testDatabase } from '../../../../test/engine.js';
import { booleanArray, byteArray, numberArray, textArray } from './array-text.js';

const db = testDatabase();

const text = fc.string({ unit: 'binary', maxLength: 30 }).map((each) => Buffer.from(each.replaceAll('\0', '')).toString());
const awkward = fc.constantFrom('', 'null', 'NULL', '{}', '"', '\\', '\\"', ',', ' a ', "'", '\n', 'æøå 👍');

test('PostgreSQL reads back what was written, whatever it holds', async () => {
  const rows = fc.array(
    fc.record({
      word: fc.option(fc.oneof(text, awkward)),
      number: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      truth: fc.boolean(),
      bytes: fc.uint8Array({ maxLength: 20 }),
    }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const [read] = await db.database.dataSource.query<{ words: unknown; numbers: unknown; truths: unknown; bytes: Buffer[] }[]>(
        `select $1::text[] as words, $2::float8[] as numbers, $3::bool[] as truths, $4::bytea[] as bytes`,
        [
          textArray(given.map(({ word }) => word)),
          numberArray(given.map(({ number }) => number)),
          booleanArray(given.map(({ truth }) => truth)),
          byteArray(given.map(({ bytes }) => bytes)),
        ],
      );
      expect(read?.words).toEqual(given.map(({ word }) => word));
      expect(read?.numbers).toEqual(given.map(({ number }) => (number === 0 ? 0 : number)));
      expect(read?.truths).toEqual(given.map(({ truth }) => truth));
      expect(read?.bytes.map((each) => [...each])).toEqual(given.map(({ bytes }) => [...bytes]));
    }),
    { numRuns: 60 },
  );
});
