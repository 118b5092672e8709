import type { Finding } from '@varde/rules';
import { CATALOGUE, CATALOGUE_FILE, findingOf, planOf } from '../../../test/clinic.js';
import { ASKED_BY, asksOf, settledAsks } from './ask-home.js';

const file = CATALOGUE_FILE as {
  confirmation_profiles: { id: keyof typeof ASKED_BY; behaviour: string }[];
};
const NOW = new Date('2026-01-15T08:00:00Z');
const inMinutes = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

const window = { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] };
const input = { catalogue: CATALOGUE, plan: planOf(), window, recorded: [], episodes: [], now: NOW };
const asked = (findings: readonly Finding[]) => asksOf(input, findings);
const finding = (ruleId: string, change: Partial<Finding> = {}): Finding =>
  findingOf({ ruleId, ...{ at: NOW, result: 'pending', anchor: 'm:42', readingIds: [42], pendingUntil: inMinutes(30) }, ...change });

test.each(file.confirmation_profiles)('$id is put to the home as the catalogue says: $behaviour', ({ id, behaviour }) => {
  const profile = ASKED_BY[id];
  if (profile === null) expect(behaviour).toBe('fires at once');
  else expect(behaviour).toContain(profile.words);
});

test('a rule that waits for a re-measure asks the home for it, with rest, until its window ends', () => {
  expect(asked([finding('copd.spo2.below_target')])).toEqual([
    {
      key: 'm:42',
      measurementId: 42,
      restMinutes: 5,
      times: 1,
      answerBy: inMinutes(30),
      text: {
        nb: 'Sitt i ro i 5 minutter. Mål en gang til med samme apparat.',
        en: 'Please sit still for 5 minutes. Please measure once more with the same device.',
      },
    },
  ]);
});

test('two rules that wait for one measurement ask once, until the later end', () => {
  const both = [finding('copd.spo2.below_target'), finding('copd.spo2.drop', { pendingUntil: inMinutes(60) })];
  expect(asked(both)).toMatchObject([{ key: 'm:42', answerBy: inMinutes(60) }]);
});

test('where one rule cannot wait, nobody sits still first, whatever the others want', () => {
  const doubted = [finding('copd.spo2.below_target'), finding('copd.spo2.critical', { pendingUntil: inMinutes(15) })];
  expect(asked(doubted)).toMatchObject([{ restMinutes: 0, times: 1, answerBy: inMinutes(30) }]);
});

test('high pressure is to be measured twice more', () => {
  const [ask] = asked([finding('htn.severe')]);
  expect(ask).toMatchObject({ restMinutes: 5, times: 2 });
  expect(ask?.text.en).toContain('two more times');
});

test('a critical value fires at once and asks for another within 15 minutes', () => {
  const fired = finding('copd.spo2.critical', { result: 'fire', pendingUntil: null });
  expect(asked([fired])).toMatchObject([{ answerBy: inMinutes(15), restMinutes: 0 }]);
  expect(asked([{ ...fired, at: inMinutes(-16) }])).toEqual([]);
});

test.each([
  ['31 minutes', 31, true],
  ['two hours', 120, true],
  ['more than two hours', 121, false],
  ['29 minutes: it was asked for when it came', 29, false],
])('a red value that came late by %s fires unconfirmed, and is asked for all the same: %p', (_late, lateMin, expected) => {
  const late = finding('copd.spo2.below_target', {
    result: 'fire_unconfirmed',
    at: inMinutes(-lateMin),
    receivedAt: NOW,
    pendingUntil: null,
  });
  const again = { key: 'm:42', measurementId: 42, restMinutes: 5, times: 1, answerBy: inMinutes(30) };
  expect(asked([late])).toMatchObject(expected ? [again] : []);
});

test('a doubtful value of a rule that never asks is to be repeated all the same', () => {
  expect(asked([finding('gen.temp.high')])).toMatchObject([{ answerBy: inMinutes(30), restMinutes: 5 }]);
});

test.each([
  ['its window is over', finding('copd.spo2.below_target', { pendingUntil: NOW })],
  ['it was settled', finding('copd.spo2.below_target', { result: 'not_confirmed', pendingUntil: null })],
  ['nothing was measured', finding('gen.silence.service', { result: 'fire', anchor: 't:2026-01-15T07:00:00Z', pendingUntil: null })],
])('nothing is asked when %s', (_why, each) => expect(asked([each])).toEqual([]));

test('a request is answered when what waited for it has fired or was not confirmed, not when nobody measured', () => {
  const recorded = [{ ruleId: 'copd.spo2.below_target', anchor: 'm:42', result: 'pending' as const, at: NOW }];
  const after = (result: Finding['result']): readonly string[] =>
    settledAsks({ ...input, recorded }, [finding('copd.spo2.below_target', { result })]);
  expect(after('fire')).toEqual(['m:42']);
  expect(after('not_confirmed')).toEqual(['m:42']);
  expect(after('fire_unconfirmed')).toEqual([]);
  expect(settledAsks(input, [finding('copd.spo2.below_target', { result: 'fire' })])).toEqual([]);
});

test('a refused value that may have been grave is to be measured anew, the two of one act once', () => {
  const refused = (id: number) =>
    finding('gen.tech.unit_suspect', { anchor: `r:${id}`, readingIds: [], domain: 'technical', severity: 'info' });
  expect(asked([refused(7), refused(8)])).toMatchObject([
    { key: 'r:7', measurementId: null, times: 1, restMinutes: 5, answerBy: inMinutes(30) },
  ]);
});
