import { sayUnreachable } from './unreachable.js';

test.each([
  ['ECONNREFUSED', 'nobody answers there'],
  ['ENOENT', 'nobody answers there'],
  ['57P03', 'nobody answers there'],
  ['ENOTFOUND', 'its host is not known'],
  ['28P01', 'it refuses the user or the password'],
  ['3D000', 'it has no database of that name'],
  ['53300', 'it has no connection left'],
])('%s: %s', (code, reason) => {
  const error = Object.assign(new Error('postgres://varde:hidden@host'), { code });
  expect(sayUnreachable(error)).toMatchObject({
    name: 'DatabaseUnreachable',
    message: `the database at DATABASE_URL cannot be used: ${reason} (${code})`,
  });
});

test.each([new TypeError('a bug'), Object.assign(new Error('full'), { code: '53100' }), 'text', null])('%s is left as it is', (error) => {
  expect(sayUnreachable(error)).toBe(error);
});
