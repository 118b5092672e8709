import { describeFault, judgeFault, sqlState } from './database-fault.js';

const coded = (code: string): Error => Object.assign(new Error('value 42 of Kari'), { code });

test.each([
  ['a connection that was refused', coded('ECONNREFUSED'), 'again'],
  ['a broken pipe, five letters like a SQLSTATE', coded('EPIPE'), 'again'],
  ['a connection that ended', new Error('Connection terminated unexpectedly'), 'again'],
  ['a server that starts up', coded('57P03'), 'again'],
  ['a server that was told to stop', coded('57P01'), 'again'],
  ['a standby that takes no writes', coded('25006'), 'again'],
  ['a deadlock', coded('40P01'), 'again'],
  ['a full disk', coded('53100'), 'again'],
  ['a number out of range', coded('22003'), 'content'],
  ['a check that failed', coded('23514'), 'content'],
  ['too many rows to unpack from a compressed chunk', coded('53400'), 'content'],
  ['an index row that is too long', coded('54000'), 'content'],
  ['a fault of ours', new TypeError('x is not a function'), 'content'],
  ['a table that is not there', coded('42P01'), 'final'],
])('%s', (_, error, fault) => expect(judgeFault(error)).toBe(fault));

test('what goes to the log quotes no value', () => {
  const shown = describeFault(coded('23514'));
  expect(shown).toMatchObject({ kind: 'Error', code: '23514' });
  expect(JSON.stringify(shown)).not.toContain('Kari');
  expect(sqlState('nothing')).toBeNull();
});
