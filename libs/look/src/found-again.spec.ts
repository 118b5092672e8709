import type { PersonStep } from '@varde/alerts';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { CATALOGUE_WITH_NEWS2, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { foundIn } from './found-again.js';
import type { RecordedAct } from './people.js';
import { preview, WARM_UP_DAYS, type PreviewInput } from './preview.js';
import { rehearse } from './rehearse.js';

/*
 * A score of small points and a low pressure are two problems. When the score is closed and the next one is red for the pressure, it joins
 * the problem of the pressure: two stored episodes, one after the other, with an area in common.
 */

const MINUTE_MS = 60_000;
const DAY_MIN = 24 * 60;
const FROM = new Date('2026-01-15T00:00:00+01:00');
const minute = (n: number): Date => new Date(FROM.getTime() + n * MINUTE_MS);
const MORNING = 8 * 60;

const readings: RuleReading[] = [];
const answers: AnswerSet[] = [];
function measure(at: number, values: Partial<Record<Metric, number>>): void {
  const common = { measurementId: 1 + readings.length, observedAt: minute(at), receivedAt: minute(at), doubt: null };
  for (const [metric, value] of Object.entries(values)) readings.push({ ...common, metric: metric as Metric, value });
}
function visit(at: number, values: Partial<Record<Metric, number>>): void {
  measure(at, { 'respiratory-rate': 16, diastolic: 60, pulse: 80, ...values });
  const common = { measurementId: 1_000 + answers.length, observedAt: minute(at + 1), receivedAt: minute(at + 1) };
  answers.push({ ...common, questionnaire: 'visit', items: { consciousness: 'A', on_oxygen: false } });
}
visit(MORNING, { systolic: 96, spo2: 94, temperature: 39.3 });
measure(MORNING + 6, { systolic: 95, diastolic: 60 });
visit(MORNING + DAY_MIN, { systolic: 88, spo2: 97, temperature: 37 });

const INPUT: Omit<PreviewInput, 'known' | 'acts'> = {
  agreement: {
    catalogue: CATALOGUE_WITH_NEWS2,
    plan: planOf({ enrolments: [{ programme: 'htn', from: minute(-100_000), to: null }] }),
    ...{ team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
  },
  ...{ readings, answers, refused: [], episodes: [], recorded: [], changes: [] },
  ...{ from: FROM, to: minute(3 * DAY_MIN) },
};

const by = { byPersonId: 5 };
const taken: PersonStep = { kind: 'acknowledge', at: minute(MORNING + 20), zone: 'Europe/Oslo', endsAt: null, ...by };
const closed: PersonStep = { kind: 'close', at: minute(MORNING + 120), outcome: 'no_action_needed', note: '', secondLook: false, ...by };

test('without a change people do in a preview what they did, to the episodes they did it to', () => {
  const acts: RecordedAct[] = [
    { episodeId: 3, step: taken },
    { episodeId: 1, step: closed },
  ];
  const lived = rehearse({
    ...INPUT,
    from: new Date(FROM.getTime() - WARM_UP_DAYS * DAY_MIN * MINUTE_MS),
    people: { next: ({ id }, after) => acts.find(({ episodeId, step }) => episodeId === id && step.at > after)?.step ?? null },
  }).episodes;
  expect(lived.map(({ episode: { id, domains } }) => `${id} ${domains.join(' ')}`)).toEqual([
    '1 general',
    '2 infection',
    '3 blood_pressure general',
    '4 silence',
  ]);

  const known = lived.map(({ episode, findings }) => ({ ...episode, found: foundIn(findings) }));
  const told = preview({ ...INPUT, known, acts });
  expect(told.before.notices).toBe(lived.flatMap(({ notices }) => notices).length);
  expect(told.after).toEqual(told.before);
  expect(told.known.map(({ episodeId, fate }) => [episodeId, fate])).toEqual(known.map(({ id }) => [id, 'same']));
  expect(told.faithful).toEqual({ stored: 4, same: 4 });
});
