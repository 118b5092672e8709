import { CredentialCache } from './credential-cache.js';

const gw = { tenant: 't', clientId: 'gw' };
const limits = { foundForMs: 100, missingForMs: 10, entriesMax: 2 };

function counted<T>(answer: () => Promise<T | null>): { cache: CredentialCache<T>; reads(): number; clock: { ms: number } } {
  let reads = 0;
  const clock = { ms: 0 };
  const read = (): Promise<T | null> => {
    reads += 1;
    return answer();
  };
  return { cache: new CredentialCache(read, limits, () => clock.ms), reads: () => reads, clock };
}

test('many at once read once, and again only after a while', async () => {
  const { cache, reads, clock } = counted(async () => 'hash');
  expect(await Promise.all(Array.from({ length: 50 }, () => cache.read(gw)))).toEqual(Array.from({ length: 50 }, () => 'hash'));
  clock.ms = 99;
  await cache.read(gw);
  expect(reads()).toBe(1);
  clock.ms = 100;
  await cache.read(gw);
  expect(reads()).toBe(2);
});

test('who is not content with what was read a while ago reads again, many at once only once', async () => {
  const { cache, reads, clock } = counted(async () => 'hash');
  await cache.read(gw);
  clock.ms = 9;
  await cache.read(gw, 10);
  expect(reads()).toBe(1);
  clock.ms = 10;
  await Promise.all(Array.from({ length: 50 }, () => cache.read(gw, 10)));
  expect(reads()).toBe(2);
});

test('what does not exist is asked for again soon', async () => {
  const { cache, reads, clock } = counted(async () => null);
  await cache.read(gw);
  await cache.read(gw);
  expect(reads()).toBe(1);
  clock.ms = 10;
  await cache.read(gw);
  expect(reads()).toBe(2);
});

test('a read that fails is not remembered', async () => {
  let isAway = true;
  const { cache, reads } = counted(async () => {
    if (isAway) throw new Error('no database');
    return 'hash';
  });
  await expect(cache.read(gw)).rejects.toThrow('no database');
  isAway = false;
  expect(await cache.read(gw)).toBe('hash');
  expect(reads()).toBe(2);
});

test('a forgotten one is read again, and the oldest goes when it is full', async () => {
  const { cache, reads } = counted(async () => 'hash');
  await cache.read(gw);
  cache.forget(gw);
  await cache.read(gw);
  expect(reads()).toBe(2);
  for (const clientId of ['a', 'b']) await cache.read({ tenant: 't', clientId });
  await cache.read(gw);
  expect(reads()).toBe(5);
});
