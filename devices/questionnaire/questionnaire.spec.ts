import { readFileSync } from 'node:fs';
import { findForm, newestQuestionnaire, questionsFor, readQuestionnaires } from '@varde/plans';
import { decode, encodeAnswers } from '@varde/wire';
import type { Course, Person } from '../person/person.js';
import { answerDaily, answerWeekly, type Filled, type Followed } from './questionnaire.js';
import { Tablet } from './tablet.js';

const HOUR_MS = 3_600_000;
const from = new Date('2026-03-02T08:00:00Z');
const person = (course: Course, seed = 'anna'): Person => ({ seed, course, worseningFrom: from, worseningHours: 72 });
const at = (hours: number): Date => new Date(from.getTime() + hours * HOUR_MS);
const known = readQuestionnaires(JSON.parse(readFileSync('libs/plans/src/questionnaires/questionnaires.json', 'utf8')));
const ALL: readonly Followed[] = ['copd', 'hf', 'htn', 'dm', 'frail'];

function yes({ items }: Filled): string[] {
  return Object.keys(items).filter((code) => items[code] === true);
}

test.each(ALL.map((each) => [[each]] as [Followed[]]).concat([[['copd', 'hf']]], [[[...ALL]]]))(
  '%p: answers only what is asked, and the form takes every answer',
  (followed) => {
    const daily = newestQuestionnaire(known, 'daily');
    const asked = daily === null ? [] : questionsFor(daily, followed).map(({ code }) => code);
    const filled = [
      answerDaily(person('exacerbation'), followed, at(60)),
      ...(followed.includes('copd') ? [answerWeekly(person('stable'), at(0))] : []),
    ];
    expect(Object.keys(filled[0]?.items ?? {}).filter((code) => !asked.includes(code))).toEqual([]);
    const device = { id: 'TAB', idType: 'serial' } as const;
    const answers = filled.map((each) => ({ ...each, answeredAt: '2026-03-02T09:00:00', gatewayTime: at(0) }));
    const payload = encodeAnswers({ messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10', sentAt: at(0), device, answers });
    const decoded = decode('varde/v1/t/g/dev/TAB/answers', payload, findForm(known));
    expect(decoded).toMatchObject({ ok: true, message: { refused: [] } });
  },
);

test('symptoms come with the exacerbation, before it is at its worst, and two days of them make the pattern', () => {
  const on = (hours: number): string[] => yes(answerDaily(person('exacerbation'), ['copd'], at(hours)));
  expect(on(-48).length).toBeLessThanOrEqual(1);
  const majors = (hours: number): number =>
    on(hours).filter((code) => ['dyspnoea_worse', 'sputum_more', 'sputum_colour'].includes(code)).length;
  expect(majors(30)).toBeGreaterThanOrEqual(2);
  expect(majors(54)).toBeGreaterThanOrEqual(2);
  const vas = (hours: number): number => Number(answerDaily(person('exacerbation'), ['copd'], at(hours)).items['dyspnoea_vas']);
  expect(vas(72)).toBeGreaterThan(vas(-24) + 3);
});

test('swelling comes with fluid', () => {
  expect(yes(answerDaily(person('fluid'), ['hf'], at(-24)))).not.toContain('swelling_worse');
  expect(yes(answerDaily(person('fluid'), ['hf'], at(48)))).toContain('swelling_worse');
});

test('somebody well says yes on few days, and never to an emergency', () => {
  const days = Array.from({ length: 365 }, (_, day) => yes(answerDaily(person('stable'), ['copd', 'hf'], at(24 * day))));
  expect(days.filter((codes) => codes.length > 0).length / days.length).toBeLessThan(0.3);
  expect(days.flat()).not.toContain('breathless_at_rest_severe');
});

test('asked for signs of a very high pressure it answers every question: most feel nothing, a few have a headache, nobody a stroke', () => {
  const form = newestQuestionnaire(known, 'pressure');
  const asked = form === null ? [] : questionsFor(form, ['htn']).map(({ code }) => code);
  const device = { id: 'TAB', idType: 'serial' } as const;
  const answered = Array.from({ length: 200 }, (_, index) => {
    const tablet = new Tablet({ id: 'TAB', followed: ['htn'] }, person('stable', `person ${index}`), 'Europe/Oslo');
    return [tablet.answer({ questionnaire: 'pressure' }, at(0)), tablet.answer({ questionnaire: 'pressure' }, at(1))].map(
      (each) => each?.items ?? {},
    );
  });
  for (const [first, again] of answered) expect([Object.keys(first ?? {}).sort(), again]).toEqual([[...asked].sort(), first]);
  const signs = answered.flatMap(([items]) => Object.keys(items ?? {}).filter((code) => items?.[code] === true));
  expect(new Set(signs)).toEqual(new Set(['severe_headache']));
  expect(signs.length).toBeGreaterThan(8);
  expect(signs.length).toBeLessThan(35);
  const answers = [
    new Tablet({ id: 'TAB', followed: ['htn'] }, person('stable'), 'Europe/Oslo').answer({ questionnaire: 'pressure' }, at(0))!,
  ];
  const payload = encodeAnswers({ messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10', sentAt: at(0), device, answers });
  expect(decode('varde/v1/t/g/dev/TAB/answers', payload, findForm(known))).toMatchObject({ ok: true, message: { refused: [] } });
});

test('the same person gives the same answers', () => {
  const life = (seed: string): Filled[] => [0, 24, 48].map((hours) => answerDaily(person('exacerbation', seed), ['copd'], at(hours)));
  expect(life('anna')).toEqual(life('anna'));
  expect(life('anna')).not.toEqual(life('berit'));
  expect(answerWeekly(person('stable'), at(0))).toEqual(answerWeekly(person('stable'), at(0)));
});
