import { sayBlind, saySeesAgain, timeOf, type BlindWords } from './words.js';

const NOW = new Date('2026-03-02T13:05:00Z');
const blind = (given: Partial<BlindWords>): BlindWords => ({
  part: 'watch',
  why: 'silent',
  since: new Date('2026-03-02T13:03:00Z'),
  to: null,
  detail: null,
  ...given,
});

test.each<[string, BlindWords[], string, string]>([
  [
    'one part',
    [blind({})],
    'Varde ser ikke: vurderingen av målinger har ikke svart siden 14:03. Stol ikke på arbeidslisten før det meldes at Varde ser igjen.',
    'Varde is blind: judging of readings has not answered since 14:03. Do not rely on the worklist until it is said that Varde sees again.',
  ],
  [
    'a made-up value with where it stopped',
    [blind({ part: 'chain', why: 'not_arrived', detail: 'no notice' })],
    'Varde ser ikke: prøvemålingen har ikke kommet fram siden 14:03 (ikke varslet). Varsler kan utebli: se på arbeidslisten.',
    'Varde is blind: the test reading has not arrived since 14:03 (no notice). Messages may be missing: look at the worklist.',
  ],
  [
    'the channels that do not get through',
    [blind({ part: 'notices', why: 'late', detail: 'sms,email' })],
    'Varde ser ikke: utsendingen av varsler har ligget etter siden 14:03 (SMS og e-post kommer ikke ut). Varsler kan utebli: se på arbeidslisten.',
    'Varde is blind: sending of notices has been behind since 14:03 (text messages and e-mail do not get out). Messages may be missing: look at the worklist.',
  ],
  [
    'several gateways as one',
    [blind({ part: 'gateway' }), blind({ part: 'gateway', since: new Date('2026-03-01T22:00:00Z') })],
    'Varde ser ikke: utstyret i 2 hjem har ikke hatt kontakt siden 1.3. 23:00. Målinger derfra kan mangle.',
    'Varde is blind: the gateways of 2 homes have had no contact since 1.3. 23:00. Readings from there may be missing.',
  ],
  [
    'a part before the gateways',
    [blind({ part: 'gateway' }), blind({})],
    'Varde ser ikke: vurderingen av målinger har ikke svart siden 14:03; utstyret i ett hjem har ikke hatt kontakt siden 14:03. Stol ikke på arbeidslisten før det meldes at Varde ser igjen.',
    'Varde is blind: judging of readings has not answered since 14:03; the gateway of one home has had no contact since 14:03. Do not rely on the worklist until it is said that Varde sees again.',
  ],
])('says what is blind: %s', (_, all, nb, en) => expect(sayBlind(all, NOW)).toEqual({ nb, en }));

test.each<[string, BlindWords[], string, string]>([
  [
    'without the sending of notices the worklist is what works',
    [blind({ part: 'notices', why: 'late' })],
    'Varsler kan utebli: se på arbeidslisten.',
    'Messages may be missing: look at the worklist.',
  ],
  [
    'without the sending to homes patients may not know',
    [blind({ part: 'homes' })],
    'Pasienter kan ha gått glipp av beskjeder.',
    'Patients may not have been told.',
  ],
  [
    'without the API there may be no worklist to look at',
    [blind({ part: 'triage' }), blind({ part: 'notices' })],
    'Arbeidslisten kan mangle eller stå stille. Varsler kan utebli.',
    'The worklist may be missing or stand still. Messages may be missing.',
  ],
  [
    'nobody is sent to a worklist that is stale',
    [blind({ part: 'database' }), blind({ part: 'notices' }), blind({ part: 'gateway' })],
    'Stol ikke på arbeidslisten før det meldes at Varde ser igjen. Varsler kan utebli.',
    'Do not rely on the worklist until it is said that Varde sees again. Messages may be missing.',
  ],
  [
    'a made-up value that was not stored',
    [blind({ part: 'chain', why: 'not_arrived', detail: 'not stored' })],
    'Målinger kan mangle.',
    'Readings may be missing.',
  ],
  [
    'a gateway beside something else',
    [blind({ part: 'gateway' }), blind({ part: 'homes' })],
    'Pasienter kan ha gått glipp av beskjeder. Målinger kan mangle.',
    'Patients may not have been told. Readings may be missing.',
  ],
])('says what follows: %s', (_, all, nb, en) => {
  const said = sayBlind(all, NOW);
  expect([said.nb.slice(said.nb.indexOf('.') + 2), said.en.slice(said.en.indexOf('.') + 2)]).toEqual([nb, en]);
});

test('says that it is over, from when to when, and what was late', () => {
  const late = { readingsLate: 12, patientsLate: 9, noticesLate: 3, stillWaiting: 0, homesUntold: 0, noticesGivenUp: 0 };
  expect(saySeesAgain([blind({ to: NOW })], late, NOW)).toEqual({
    nb: 'Varde ser igjen. Borte: vurderingen av målinger fra 14:03 til 14:05. Kom sent: 12 målinger, 9 pasienter vurdert, 3 varsler; ingenting er tapt.',
    en: 'Varde sees again. Away: judging of readings from 14:03 to 14:05. Late: 12 readings, 9 patients judged, 3 notices; nothing is lost.',
  });
  expect(saySeesAgain([blind({ to: NOW })], { ...late, stillWaiting: 2 }, NOW).nb).toContain('2 venter fortsatt.');
  const untold = saySeesAgain([blind({ part: 'homes', to: NOW })], { ...late, homesUntold: 2 }, NOW);
  expect([untold.nb, untold.en]).toEqual([
    expect.stringMatching(/; 2 beskjeder nådde aldri hjemmet\.$/),
    expect.stringMatching(/; 2 messages never reached a home\.$/),
  ]);
  const both = saySeesAgain([blind({ to: NOW })], { ...late, stillWaiting: 1, homesUntold: 1 }, NOW);
  expect(both.nb).toMatch(/; 1 venter fortsatt; 1 beskjed nådde aldri hjemmet\.$/);
  const givenUp = saySeesAgain([blind({ part: 'notices', to: NOW })], { ...late, noticesGivenUp: 2 }, NOW);
  expect([givenUp.nb, givenUp.en]).toEqual([
    expect.stringMatching(/; 2 varsler nådde aldri fram\.$/),
    expect.stringMatching(/; 2 notices never reached anybody\.$/),
  ]);
});

test('a time is that of the readers', () =>
  expect(timeOf(new Date('2026-07-02T13:03:00Z'), new Date('2026-07-02T14:00:00Z'))).toBe('15:03'));
