import { upToDate, WorkBook } from './work-book.js';

test('each part says how its work goes, and one that does not answer keeps no other from it', async () => {
  const book = new WorkBook();
  book.enter('ingest', () => ({ workedAtMs: performance.now() - 2_000, lateForMs: 500 }));
  book.enter('watch', () => Promise.reject(new Error('the database is away')));
  book.enter('notices', () => new Promise(() => undefined));
  book.enter('triage', upToDate);
  const beats = await book.ask();
  expect(beats).toEqual([
    { part: 'ingest', workedAgoMs: expect.any(Number), lateForMs: 500, lateWhat: null },
    { part: 'triage', workedAgoMs: expect.any(Number), lateForMs: null, lateWhat: null },
  ]);
  expect(beats[0]?.workedAgoMs).toBeGreaterThanOrEqual(2_000);
});
