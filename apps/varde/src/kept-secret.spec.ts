import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSecret } from './kept-secret.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varde-secret-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('one key for as many as begin at once, and for every start after', async () => {
  const data = join(folder, 'data');
  const keys = await Promise.all(Array.from({ length: 20 }, () => keptSecret(data)));
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[\w-]{43}$/);
  expect(await keptSecret(data)).toBe(keys[0]);
  expect(await readFile(join(data, 'secret'), 'utf8')).toBe(keys[0]);
});

test('its owner reads it and nobody else, and nothing lies beside it', async () => {
  const data = join(folder, 'data');
  await keptSecret(data);
  expect((await stat(data)).mode & 0o777).toBe(0o700);
  expect((await stat(join(data, 'secret'))).mode & 0o777).toBe(0o600);
  expect(await readdir(data)).toEqual(['secret']);
});

test('a folder that cannot be written to says so', async () => {
  await expect(keptSecret(join('/dev/null', 'data'))).rejects.toThrow(/ENOTDIR|EEXIST/);
});
