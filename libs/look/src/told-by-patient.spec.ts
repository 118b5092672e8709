import { DEFAULT_PATHWAY, teamOf, unitOf } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import { CATALOGUE, planOf } from '../../../test/clinic.js';
import { rehearse } from './rehearse.js';

/** `gen.contact_request` and `frail.fall` say nothing of values: the yellow step of the self-treatment plan is no answer to them. */

const NOON = new Date('2026-01-15T11:00:00Z');
const NIGHT = new Date('2026-01-15T21:00:00Z');
const team = teamOf([
  unitOf({
    ...{ id: 1, name: 'Oppfølging Nordvik', careLevel: 'dho', zone: 'Europe/Oslo' },
    openingHours: [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }],
  }),
]);
const enrolments = (['copd', 'frail'] as const).map((programme) => ({ programme, from: new Date(0), to: null }));

function told(at: Date, items: AnswerSet['items'], readings: readonly RuleReading[] = []) {
  const answers = [{ measurementId: 1, questionnaire: 'contact', items, observedAt: at, receivedAt: at }];
  const { episodes } = rehearse({
    agreement: { catalogue: CATALOGUE, plan: planOf({ enrolments }), team, pathway: DEFAULT_PATHWAY, frozenPathways: [], snoozes: [] },
    ...{ readings, answers, refused: [], episodes: [], recorded: [], from: at, to: at },
  });
  return episodes.flatMap(({ advice }) => advice);
}

test('who asks to be contacted is told that it has come, who is there and when to call', () => {
  expect(told(NOON, { contact_request: true })).toMatchObject([
    {
      ...{ kind: 'yellow', answers: ['seen'] },
      text: {
        nb: 'Vi har fått beskjed om at du vil bli kontaktet. Oppfølging Nordvik er på jobb nå og har hendelsen på listen sin. Kan det ikke vente, ring fastlegen eller legevakten på 116117. Ring 113 hvis det er fare for livet.',
        en: 'We have had your request to be contacted. Oppfølging Nordvik is at work now and has this on their list. If it cannot wait, call your GP or the out-of-hours service on 116117. Call 113 if your life may be in danger.',
      },
    },
  ]);
});

test('who tells of a fall at night is told what to do, and that nobody is there', () => {
  const [fell, ...more] = told(NIGHT, { fall: true });
  expect([more, fell?.answers]).toEqual([[], ['seen']]);
  expect(fell?.text.nb).toMatch(/^Vi har fått beskjed om at du har falt\. .*slått hodet.*Ingen følger med.*fredag.*116117/);
  expect(fell?.text.nb).not.toMatch(/kontaktet|trinn/);
  expect(told(NIGHT, { fall: true, contact_request: true })[0]?.text.nb).toMatch(
    /vil bli kontaktet\. Vi har fått beskjed om at du har falt/,
  );
});

test('a grave fall is red as ever, and a fever beside it has words of its own', () => {
  expect(told(NOON, { fall: true, cannot_stand: true }).map(({ kind }) => kind)).toEqual(['red']);
  const fever: RuleReading = { measurementId: 2, metric: 'temperature', value: 38.2, observedAt: NOON, receivedAt: NOON, doubt: null };
  const texts = told(NOON, { contact_request: true }, [fever]).map(({ text }) => text.en.includes('your request to be contacted'));
  expect(texts.sort()).toEqual([false, true]);
});
