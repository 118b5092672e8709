import type { Finding } from '@varde/rules';
import { nextEpisode } from './next-episode.js';
import type { FindingStep, Step } from './step.js';

const OSLO = 'Europe/Oslo';
/** The evening before the clocks go back from 03:00 to 02:00. */
const EVENING = new Date('2026-10-24T20:00:00Z');
/** 15:00 by the clock of the evening, 14:00 by the one that hangs there then. */
const AFTER_CHANGE = new Date('2026-10-25T13:00:00Z');
const by = { at: EVENING, byPersonId: 7 };
const words = (text: string) => ({ nb: text, en: text });

function opened(): FindingStep {
  const finding: Finding = {
    ...{ ruleId: 'copd.spo2.drop', ruleVersion: 1, domain: 'respiratory', result: 'fire', severity: 'yellow', anchor: 'm:1' },
    ...{ at: EVENING, receivedAt: EVENING, readingIds: [1], limits: [], reason: words('low'), pendingUntil: null, superseded: false },
  };
  const placement = { ownerUnitId: 3, pathwayId: 1, pathwayVersion: 1, reason: words('first') };
  return {
    kind: 'finding',
    at: EVENING,
    patientId: 11,
    finding,
    severity: 'yellow',
    reason: finding.reason,
    placement,
    quiet: null,
  };
}
const offer: Step = {
  ...{ ...by, kind: 'offer', zone: OSLO, toUnitId: 5, toUnit: 'Klinikken', deadlineAt: AFTER_CHANGE },
  ...{ reason: 'x', informedUnitIds: [] },
};
const ask: Step = {
  ...{ ...by, kind: 'ask_advice', zone: OSLO, unitId: 5, unit: 'Klinikken', question: 'mer?', deadlineAt: AFTER_CHANGE },
};
const acknowledge = (zone: string): Step => ({ ...by, kind: 'acknowledge', zone, endsAt: AFTER_CHANGE });
const [NB, EN] = ['søndag 25. oktober kl. 14.00', 'Sunday 25 October at 14:00'];

/** The last line that these steps leave in the history. */
function lastLine(...steps: readonly Step[]) {
  const [first, ...rest] = [opened(), ...steps];
  return rest.reduce((so, step) => nextEpisode(so.episode, step), nextEpisode(undefined, first!)).steps.at(-1)?.reason;
}

test.each<[string, Step[], string, string]>([
  ['acknowledged', [acknowledge(OSLO)], `Kvittert til ${NB}`, `Acknowledged until ${EN}`],
  [
    'acknowledged where it is an hour earlier',
    [acknowledge('Atlantic/Reykjavik')],
    'Kvittert til søndag 25. oktober kl. 13.00',
    'Acknowledged until Sunday 25 October at 13:00',
  ],
  [
    'a shift that ends sooner',
    [
      { ...by, kind: 'acknowledge', zone: OSLO, endsAt: null },
      { ...by, kind: 'end_shift', zone: OSLO, endsAt: AFTER_CHANGE },
    ],
    `Vakten til den som har den, er endret: kvitteringen gjelder til ${NB}`,
    `The shift of whoever has it has changed: the acknowledgement holds until ${EN}`,
  ],
  [
    'kept quiet',
    [{ ...by, kind: 'snooze', zone: OSLO, ruleId: 'copd.spo2.drop', until: AFTER_CHANGE, note: 'kjent' }],
    `copd.spo2.drop stilt til ${NB}: kjent`,
    `copd.spo2.drop kept quiet until ${EN}: kjent`,
  ],
  ['offered', [offer], `Tilbudt Klinikken, svar innen ${NB}: x`, `Offered to Klinikken, to be answered by ${EN}: x`],
  [
    'an offer that ran out',
    [offer, { kind: 'offer_runs_out', at: AFTER_CHANGE, zone: OSLO }],
    `Ingen svarte på tilbudet innen ${NB}; ansvaret er ikke flyttet`,
    `Nobody answered the offer by ${EN}; the owner is the same`,
  ],
  ['asked', [ask], `Klinikken bes om råd innen ${NB}: mer?`, `Klinikken is asked for advice by ${EN}: mer?`],
  [
    'a question that ran out',
    [ask, { kind: 'advice_runs_out', at: AFTER_CHANGE, zone: OSLO }],
    `Spørsmål 1 er ikke besvart innen ${NB}`,
    `Question 1 was not answered by ${EN}`,
  ],
])('%s: the history tells the time by the clock of the home', (...[, steps, nb, en]) => {
  expect(lastLine(...steps)).toEqual({ nb, en });
});

test('accepted, and acknowledged with that', () => {
  const waits = [opened(), offer].reduce(
    (so, step) => nextEpisode(so?.episode, step),
    undefined as never as ReturnType<typeof nextEpisode>,
  );
  const accept: Step = { ...by, kind: 'accept', zone: OSLO, byPersonId: 20, unitId: 5, unit: 'Klinikken', endsAt: AFTER_CHANGE };
  expect(nextEpisode(waits.episode, accept).steps[0]?.reason).toEqual({
    nb: `Klinikken har overtatt; kvittert til ${NB}`,
    en: `Klinikken has accepted it; acknowledged until ${EN}`,
  });
  const late: Step = { ...accept, at: AFTER_CHANGE, endsAt: null };
  expect(() => nextEpisode(waits.episode, late)).toThrow(/the offer ran out$/);
});

test('a question of an episode that comes in, to whoever is asked again', () => {
  const other = { ...nextEpisode(nextEpisode(undefined, opened()).episode, ask).episode, id: 2 };
  const absorb: Step = {
    ...{ kind: 'absorb', at: EVENING, zone: OSLO, other, owner: 'Nordvik', reason: words('one problem') },
    ...{ isTold: false, onlySnoozedStands: false },
  };
  const { steps, notices } = nextEpisode(nextEpisode(undefined, opened()).episode, absorb);
  const text = {
    nb: `Spørsmålet går videre her som nummer 1, svar innen ${NB}: mer?`,
    en: `The question goes on here as number 1, to be answered by ${EN}: mer?`,
  };
  expect(steps.at(-1)?.reason).toEqual(text);
  expect(notices.at(-1)?.text).toEqual(text);
});
