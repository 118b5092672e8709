import fc from 'fast-check';
import type { Episode } from '@varde/alerts';
import type { AdviceAnswer } from './advice.js';
import type { GradedFinding } from './decide.js';
import { planOf } from '../../../test/clinic.js';
import { clears, fires, graded, hours, Story } from '../../../test/look-story.js';

/*
 * What is found of another problem while a call for 113 fills the screen is told once, when the call stands no longer, if it still stands.
 */
const call = (n: number) => graded(hours(n), { ruleId: 'gen.news2.high', domain: 'general', severity: 'critical' });
const rate = (n: number) => graded(hours(n), { ruleId: 'gen.rr.very_high', severity: 'red' });
const drop = (n: number) => graded(hours(n), { ruleId: 'copd.spo2.drop' });
const pulse = (n: number) => graded(hours(n), { ruleId: 'gen.pulse.very_high', domain: 'cardiac', severity: 'red' });

/** `hour kind` of what the patient was told of values: hours after the beginning. */
const told = ({ outcomes }: Story, atOf: ReadonlyMap<unknown, number>): string[] =>
  outcomes.flatMap((outcome) =>
    outcome.episodes.flatMap(({ advice = [] }) => advice.map(({ kind }) => `${atOf.get(outcome) ?? '?'} ${kind}`)),
  );

/** A story whose looks are known by their hour. */
class Told extends Story {
  private readonly atOf = new Map<unknown, number>();

  override look(...given: Parameters<Story['look']>): this {
    super.look(...given);
    const ms = given[0].getTime() - hours(0).getTime();
    this.atOf.set(this.outcomes.at(-1), Math.round(ms / 36_000) / 100);
    return this;
  }

  /** Everything that was told by now. */
  get said(): string[] {
    return told(this, this.atOf);
  }

  /** The home sends the answer to the call, and the answer is kept. */
  answerCall(n: number, answer: AdviceAnswer, ...found: GradedFinding[]): this {
    const { advised = [], window } = this.input;
    const { id } = advised.find(({ kind }) => kind === 'critical') ?? { id: 0 };
    const items = { advice_id: id, advice_answer: answer };
    const set = { measurementId: 900, questionnaire: 'advice', items, observedAt: hours(n), receivedAt: hours(n) };
    this.wait(hours(n - 0.001)).look(hours(n), fires(...found), { window: { ...window, answers: [set] } });
    const known = this.input.advised ?? [];
    this.input = { ...this.input, advised: known.map((each) => (each.id === id ? { ...each, answer } : each)) };
    return this;
  }

  /** A look at findings, after all that was due before it. */
  at(n: number, ...found: GradedFinding[]): this {
    return this.wait(hours(n - 0.001)).look(hours(n), fires(...found));
  }
}

const begun = () => new Told().look(hours(0), fires(call(0)));

describe('what is held back behind a call for 113', () => {
  test('is told by the clock when nobody has answered for a day, once', () => {
    expect(begun().at(0.2, rate(0.2)).wait(hours(23.9)).said).toEqual(['0 critical']);
    expect(begun().at(0.2, rate(0.2)).wait(hours(60)).said).toEqual(['0 critical', '24 red']);
    const together = new Told().look(hours(0), fires(rate(0), call(0)));
    expect(together.wait(hours(60)).said).toEqual(['0 critical', '24 red']);
  });

  test('says how long ago it was measured', () => {
    const { outcomes } = begun().at(0.2, rate(0.2)).wait(hours(24));
    const red = outcomes.flatMap(({ episodes }) => episodes.flatMap(({ advice = [] }) => advice)).filter(({ kind }) => kind === 'red');
    expect(red.map(({ text }) => text.en)).toEqual([expect.stringMatching(/^This was measured or answered 24 hours ago/)]);
  });

  test('is not told when it has cleared', () => {
    const cleared = begun()
      .at(0.2, rate(0.2))
      .look(hours(5), clears(hours(5), 'gen.rr.very_high'));
    expect(cleared.wait(hours(60)).said).toEqual(['0 critical']);
    // Something milder that was told before the call stands still.
    const mild = new Told().at(0, drop(0)).at(1, call(1)).at(2, rate(2));
    expect(mild.look(hours(5), clears(hours(5), 'gen.rr.very_high')).wait(hours(60)).said).toEqual(['0 yellow', '1 critical']);
  });

  test('is not what was told before it, when something milder comes, a person lets go of it, or it is found again', () => {
    const red = () => new Told().at(0, rate(0)).at(1, call(1));
    for (const found of [drop(2), rate(2)]) expect(red().at(2, found).wait(hours(60)).said).toEqual(['0 red', '1 critical']);
    const ofRate = (story: Told): number => story.episodes.findIndex(({ domains }) => domains.includes('respiratory'));
    const letGo = red();
    const by = { byPersonId: 5 };
    letGo.person({ kind: 'acknowledge', at: hours(1.5), ...by, endsAt: hours(6), zone: 'Europe/Oslo' }, ofRate(letGo));
    expect(letGo.at(2, drop(2)).wait(hours(60)).said).toEqual(['0 red', '1 critical']);
  });

  test('is what has risen, or is red of a new area', () => {
    expect(new Told().at(0, drop(0)).at(1, call(1)).at(2, rate(2)).wait(hours(60)).said).toEqual(['0 yellow', '1 critical', '25 red']);
    expect(new Told().at(0, rate(0)).at(1, call(1)).at(2, pulse(2)).wait(hours(60)).said).toEqual(['0 red', '1 critical', '25 red']);
  });

  test('came late, and is not lost', () => {
    const late = graded(hours(-1), { ruleId: 'gen.rr.very_high', severity: 'red', receivedAt: hours(0.2) });
    expect(begun().at(0.2, late).wait(hours(60)).said).toEqual(['0 critical', '24 red']);
  });

  test('is told when it is answered that no 113 is needed, and not to who has called it', () => {
    expect(begun().at(0.2, rate(0.2)).answerCall(0.3, 'not_needed').wait(hours(60)).said).toEqual(['0 critical', '0.3 red']);
    for (const answer of ['called_113', 'cannot'] as const) {
      const answered = begun().at(0.2, rate(0.2)).answerCall(0.3, answer);
      expect(answered.wait(hours(60)).said).toEqual(['0 critical']);
      expect(answered.at(61, pulse(61)).said).toEqual(['0 critical', '61 red']);
    }
  });

  test('is heard of through the gateway that had the call before another', () => {
    const moved = (answer: AdviceAnswer): Told => {
      const story = begun().at(0.2, rate(0.2));
      const anew = (story.input.advised ?? []).map((each) => ({ ...each, id: each.id + 100, key: `${each.key}/anew/2` }));
      const before = (story.input.advised ?? []).map((each) => ({ ...each, isWithdrawn: true as const }));
      story.input = { ...story.input, advised: [...before, ...anew] };
      story.answerCall(0.3, answer);
      story.input = { ...story.input, advised: (story.input.advised ?? []).map((each) => ({ ...each, answer })) };
      return story.wait(hours(60));
    };
    expect(moved('not_needed').said).toEqual(['0 critical', '0.3 red']);
    expect(moved('called_113').said).toEqual(['0 critical']);
  });

  test('is told when a person has closed the problem of the call', () => {
    const closed = begun().at(0.2, rate(0.2));
    closed.person({ kind: 'close', at: hours(2), byPersonId: 5, outcome: 'no_action_needed', note: '', secondLook: false });
    const open = (id: number | null): boolean => closed.episodes.some((each) => each.id === id && each.closedAt === null);
    closed.input = { ...closed.input, advised: (closed.input.advised ?? []).filter(({ episodeId }) => open(episodeId)) };
    expect(closed.look(hours(2)).wait(hours(60)).said).toEqual(['0 critical', '2 red']);
  });

  test('is what was not told in a pause that ends meanwhile, and is written once', () => {
    const pauses = [{ id: 1, kind: 'holiday' as const, from: hours(-2), to: hours(2), reason: 'hytte' }];
    const story = new Told({ plan: planOf({ pauses }) }).at(0, drop(0)).at(1, call(1));
    // What the call is for covers it no longer, and the call is still on the screen.
    story.look(hours(2.5), clears(hours(2.5), 'gen.news2.high')).wait(hours(3));
    const changed = story
      .look(hours(3.1))
      .outcomes.at(-1)
      ?.episodes.map(({ episode }) => episode.domains[0]);
    expect(changed).not.toContain('respiratory');
    expect(story.wait(hours(40)).said).toEqual(['1 critical', '25 yellow']);
  });

  test('is kept of what was found, and of nothing that was told before', () => {
    const joined = new Told().at(0, rate(0)).at(1, call(1)).at(2, pulse(2));
    expect(joined.episodes.flatMap(({ signals }) => signals.map(({ ruleId, behindCall }) => [ruleId, behindCall]))).toEqual([
      ['gen.rr.very_high', undefined],
      ['gen.pulse.very_high', 'red'],
      ['gen.news2.high', undefined],
    ]);
  });

  test('waits while another call stands', () => {
    const severe = graded(hours(25), { ruleId: 'htn.severe_with_symptoms', domain: 'blood_pressure', severity: 'critical' });
    const at = (n: number) => ({ ...severe, finding: { ...severe.finding, at: hours(n), receivedAt: hours(n), anchor: `t:${n}` } });
    expect(begun().at(20, rate(20)).wait(hours(24)).at(25, at(25)).wait(hours(60)).said).toEqual(['0 critical', '24 red', '25 critical']);
    // Made by the look in which the first one ends.
    expect(
      begun()
        .at(20, rate(20))
        .look(hours(24), fires(at(24)))
        .wait(hours(60)).said,
    ).toEqual(['0 critical', '24 critical', '48 red']);
  });
});

const FINDINGS = { rate, drop, pulse } as const;
const RULES = { rate: 'gen.rr.very_high', drop: 'copd.spo2.drop', pulse: 'gen.pulse.very_high' } as const;
type Act = { readonly n: number; readonly what: keyof typeof FINDINGS; readonly how: 'found' | 'cleared' | 'acknowledged' };
const RANK = ['green', 'yellow', 'red', 'critical'];

test('whatever happens behind a call: what would have been told during it is told once after it if it stands, and nothing else differs', () => {
  const acts = fc.uniqueArray(
    fc.record({
      n: fc.integer({ min: -40, max: 160 }).map((quarters) => quarters / 4 + 0.1),
      what: fc.constantFrom('rate' as const, 'drop' as const, 'pulse' as const),
      how: fc.constantFrom('found' as const, 'found' as const, 'cleared' as const, 'acknowledged' as const),
    }),
    { selector: ({ n }) => n, minLength: 1, maxLength: 9 },
  );
  const isOther = ({ domains }: Episode): boolean => !domains.includes('general');
  const run = (given: readonly Act[], isAnswered: boolean): Told => {
    const story = new Told();
    const steps = [...given.map((each) => ({ ...each, isCall: false })), { n: 0, what: 'rate', how: 'found', isCall: true } as const];
    for (const { n, what, how, isCall } of steps.sort((a, b) => a.n - b.n)) {
      if (isCall) {
        story.at(n, call(n));
        if (isAnswered) story.answerCall(n + 0.01, 'called_113');
      } else if (how === 'found') story.at(n, FINDINGS[what](n));
      else if (how === 'cleared') story.wait(hours(n - 0.001)).look(hours(n), clears(hours(n), RULES[what]));
      else {
        story.wait(hours(n));
        const place = story.episodes.findIndex((each) => isOther(each) && each.closedAt === null);
        const step = { kind: 'acknowledge' as const, at: hours(n), byPersonId: 5, endsAt: hours(n + 3), zone: 'Europe/Oslo' };
        if (place >= 0) story.person(step, place);
      }
    }
    return story.wait(hours(45));
  };
  fc.assert(
    fc.property(acts, (given) => {
      const split = ({ said }: Told) => {
        const all = said.map((each) => each.split(' ')).map(([n, kind]) => ({ n: Number(n), kind: kind ?? '' }));
        const ofOther = all.filter(({ n, kind }) => kind !== 'critical' && !(kind === 'green' && n === 0));
        const shown = (list: typeof all): string[] => list.map(({ n, kind }) => `${n} ${kind}`);
        return {
          before: shown(ofOther.filter(({ n }) => n < 0)),
          during: ofOther.filter(({ n }) => n >= 0 && n < 24),
          atEnd: ofOther.filter(({ n }) => n === 24),
          after: shown(ofOther.filter(({ n }) => n > 24)),
          calls: all.filter(({ kind }) => kind === 'critical').length,
        };
      };
      const [held, free] = [split(run(given, false)), split(run(given, true))];
      expect([held.calls, held.before, held.during]).toEqual([1, free.before, []]);
      const missed = free.during.filter(({ kind }) => kind !== 'green');
      const gravest = Math.max(-1, ...missed.map(({ kind }) => RANK.indexOf(kind)));
      expect(held.atEnd.length).toBeLessThanOrEqual(missed.length === 0 ? 0 : 1);
      const isCleared = given.some(({ n, how }) => how === 'cleared' && n > 0 && n < 24);
      if (!isCleared) expect(held.atEnd.map(({ kind }) => RANK.indexOf(kind))).toEqual(gravest < 0 ? [] : [gravest]);
      expect(held.after.filter((each) => !each.endsWith('green'))).toEqual(free.after.filter((each) => !each.endsWith('green')));
    }),
    { numRuns: 40 },
  );
});
