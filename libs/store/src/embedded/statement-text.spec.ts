import { readAsked } from './statement-text.js';

const NOTHING = { refused: null, listens: [], unlistens: [], setsSettings: false, customSettings: [] };

test.each<[string, Partial<ReturnType<typeof readAsked>>]>([
  ['select 1', {}],
  [`select 'listen a; set x to y; copy t from stdin'`, {}],
  ['select $body$ ; listen a ; $body$', {}],
  ['-- listen a\nselect 1', {}],
  ['/* listen a; */ select 1', {}],
  ['update reading set value = 1', {}],
  ['listen Loud', { listens: ['loud'] }],
  ['select 1;  LISTEN "Big ""one"""', { listens: ['Big "one"'] }],
  ['listen måling', { listens: ['måling'] }],
  ['unlisten *', { unlistens: ['*'] }],
  ['unlisten a; listen b', { unlistens: ['a'], listens: ['b'] }],
  ['set local timezone to utc', {}],
  ['set transaction isolation level serializable', {}],
  ['set timezone to utc', { setsSettings: true }],
  ['reset all', { setsSettings: true }],
  ['SET varde.person = 7', { setsSettings: true, customSettings: ['varde.person'] }],
  [`select set_config('varde.Person', $1, false)`, { setsSettings: true, customSettings: ['varde.person'] }],
  [`select set_config('varde.person', $1, true)`, {}],
])('%s', (sql, expected) => {
  expect(readAsked(sql)).toEqual({ ...NOTHING, ...expected });
});

test.each([
  'copy t from stdin',
  'select 1; COPY t (a, b)\nFROM\n  STDIN with csv',
  'discard all',
  'deallocate all',
  'DEALLOCATE PREPARE ALL',
])('%s is refused', (sql) => {
  expect(readAsked(sql).refused).toMatch(/embedded/);
});

test.each(['copy t to stdout', `copy (select 'from stdin') to stdout`, 'deallocate one'])('%s is allowed', (sql) => {
  expect(readAsked(sql).refused).toBeNull();
});
