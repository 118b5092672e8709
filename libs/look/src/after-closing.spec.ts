import type { Episode, PersonStep } from '@varde/alerts';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { RuleReading } from '@varde/rules';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import type { HomeAsk } from './ask-home.js';
import type { People } from './people.js';
import { rehearse, type Rehearsed } from './rehearse.js';

/*
 * What a person has closed is dealt with: a rule that only a person ends is confirmed anew ("fires when the new reading also meets the rule").
 */
const BEGUN = new Date('2026-02-27T00:00:00+01:00');
const at = (text: string): Date => new Date(`2026-03-${text}+01:00`);
const PLAN = planOf({ enrolments: [{ programme: 'hf', from: BEGUN, to: null }] });

const pulse = (when: string, value: number): RuleReading => ({
  ...{ measurementId: Number(when.replace(/\D/g, '')), metric: 'pulse', value, doubt: null },
  ...{ observedAt: at(when), receivedAt: at(when) },
});
const CLOSE: PersonStep = {
  ...{ kind: 'close', at: at('03T09:00'), byPersonId: 5, outcome: 'treated_at_home', note: '', secondLook: false },
};
const closes: People = { next: (_episode, after) => (CLOSE.at > after ? CLOSE : null) };

interface Told extends Rehearsed {
  /** What is to be measured again while a rule waits. */
  readonly asks: readonly HomeAsk[];
}
function live(readings: readonly RuleReading[], people: People = closes): Told {
  const asks: HomeAsk[] = [];
  const rehearsed = rehearse({
    agreement: {
      catalogue: CATALOGUE,
      plan: PLAN,
      team: ONE_UNIT,
      pathway: DEFAULT_PATHWAY,
      frozenPathways: [DEFAULT_PATHWAY],
      snoozes: [],
    },
    ...{ readings, refused: [], answers: [], episodes: [], recorded: [], people, from: at('02T06:00'), to: at('12T08:00') },
    onLook: (_input, outcome) => asks.push(...outcome.asks.filter(({ key }) => key.startsWith('m:'))),
  });
  return { ...rehearsed, asks };
}
/** `day result severity` of what was said of the pulse. */
const said = ({ findings }: Rehearsed): string[] =>
  findings
    .filter(({ finding }) => finding.ruleId === 'hf.pulse')
    .map(({ finding: { at: when, result, severity } }) => `${when.toISOString().slice(8, 10)} ${result} ${severity}`);

const ofPulse = ({ episodes }: Rehearsed): readonly Episode[] =>
  episodes.map(({ episode }) => episode).filter(({ domains }) => domains.includes('cardiac'));

const RED = [pulse('02T08:00', 115), pulse('02T08:10', 116)];
const WELL = ['03', '04', '05', '06', '07', '08'].map((day) => pulse(`${day}T08:00`, 75));
const AGAIN = [pulse('09T08:00', 112), pulse('09T08:20', 78)];

describe('a rule that only a person ends, after a person has closed its episode', () => {
  test('one reading is confirmed first, as though there had been none before', () => {
    const first = ['02 pending red', '02 fire red'];
    const again = ['09 pending red', '09 not_confirmed red'];
    expect(said(live([...WELL, ...AGAIN]))).toEqual(again);

    const told = live([...RED, ...WELL, ...AGAIN]);
    expect(said(told)).toEqual([...first, ...again]);
    expect(ofPulse(told)).toHaveLength(1);
    expect(told.asks.map(({ answerBy }) => answerBy)).toEqual([at('02T09:00'), at('09T09:00')]);
  });

  test('what is confirmed opens a new episode', () => {
    const told = live([...RED, ...WELL, pulse('09T08:00', 112), pulse('09T08:20', 113)]);
    expect(said(told).slice(2)).toEqual(['09 pending red', '09 fire red']);
    expect(ofPulse(told)).toHaveLength(2);
  });

  test('looking again says nothing new, while the window of what confirmed it is open and after', () => {
    const after = [pulse('09T08:22', 76), pulse('09T08:24', 77), pulse('09T09:00', 76), pulse('10T08:00', 75)];
    const first = ['09 pending red', '09 fire red'];
    expect(said(live([...RED, ...WELL, pulse('09T08:00', 112), pulse('09T08:20', 113), ...after])).slice(2)).toEqual(first);
    // Closed again at once, too.
    const soon = { ...CLOSE, at: at('09T08:21') };
    const twice: People = { next: (_episode, now) => [CLOSE, soon].find((step) => step.at > now) ?? null };
    expect(said(live([...RED, ...WELL, pulse('09T08:00', 112), pulse('09T08:20', 113), ...after], twice)).slice(2)).toEqual(first);
  });

  test('nor does what comes late and lies between the two', () => {
    const late: RuleReading = { ...pulse('08T20:00', 75), receivedAt: at('10T08:00') };
    const both = [pulse('09T08:00', 112), { ...pulse('09T08:20', 113), receivedAt: at('09T08:20') }];
    expect(said(live([...RED, ...WELL, ...both, late])).slice(2)).toEqual(['09 pending red', '09 fire red']);
    const together = both.map((each) => ({ ...each, receivedAt: at('09T08:20') }));
    expect(said(live([...RED, ...WELL, ...together, late])).slice(2)).toEqual(['09 fire red']);
  });

  test('one that came to nothing is not said when another is confirmed soon after', () => {
    const told = live([...RED, ...WELL, ...AGAIN, pulse('09T08:22', 112), pulse('09T08:24', 114), pulse('09T08:26', 76)]);
    expect(said(told).slice(2)).toEqual(['09 pending red', '09 not_confirmed red', '09 pending red', '09 fire red']);
  });

  test('one that comes within 72 hours brings the episode back once it is confirmed', () => {
    const told = live([...RED, pulse('04T08:00', 112), pulse('04T08:20', 113), pulse('04T08:24', 76), pulse('04T09:00', 76)]);
    expect(said(told).slice(2)).toEqual(['04 pending red', '04 fire red']);
    expect(ofPulse(told).map(({ relapses }) => relapses)).toEqual([1]);
  });

  test('while nobody has closed it, one reading is enough', () => {
    const told = live([...RED, ...WELL, ...AGAIN], { next: () => null });
    expect(said(told).slice(2)).toEqual(['09 fire red']);
    expect(ofPulse(told)).toHaveLength(1);
  });
});
