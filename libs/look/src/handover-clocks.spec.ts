import { nextEpisode, type Episode, type Step } from '@varde/alerts';
import { teamOf, unitOf, type OpeningHours } from '@varde/routing';
import { afterLook } from '../../../test/after-look.js';
import { findingOf } from '../../../test/clinic.js';
import { quiet } from '../../../test/look-story.js';
import { decide, type Judged } from './decide.js';
import type { LookInput, LookOutcome } from './input-and-outcome.js';

const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const UNITS = (['dho', 'hospital_outpatient'] as const).map((careLevel, index) =>
  unitOf({ id: index + 1, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours: ALWAYS }),
);
const minutes = (n: number) => new Date(Date.parse('2026-01-15T08:00:00+01:00') + n * 60_000);
const NOTHING: Judged = { findings: [], cleared: [], nextAt: null };

const start: LookInput = { ...quiet, team: teamOf(UNITS), now: minutes(0) };
const finding = findingOf({ at: minutes(0) });

/** One patient: a red episode from the first look on. */
class Patient {
  private input = start;
  outcome: LookOutcome;

  constructor() {
    this.outcome = this.look(0, { ...NOTHING, findings: [{ finding, severity: 'red', reason: finding.reason }] });
  }

  get episode(): Episode {
    return this.input.episodes[0]!;
  }

  does(step: Step): this {
    this.input = { ...this.input, episodes: [nextEpisode(this.episode, step).episode] };
    return this;
  }

  look(atMin: number, judged = NOTHING): LookOutcome {
    const input = { ...this.input, now: minutes(atMin) };
    this.outcome = decide(input, judged);
    this.input = afterLook(input, this.outcome, () => 5);
    return this.outcome;
  }
}

const by = { byPersonId: 7, zone: 'Europe/Oslo' };
const acknowledge: Step = { ...by, kind: 'acknowledge', at: minutes(1), endsAt: minutes(121) };
const offer: Step = {
  ...{ ...by, kind: 'offer', at: minutes(2), toUnitId: 2, toUnit: 'Clinic', deadlineAt: minutes(32), reason: 'x', informedUnitIds: [] },
};
const ask: Step = { ...by, kind: 'ask_advice', at: minutes(3), unitId: 2, unit: 'Clinic', question: 'x', deadlineAt: minutes(63) };

test('a look comes when an offer runs out and when advice does, and takes each once', () => {
  const patient = new Patient().does(acknowledge).does(offer).does(ask);
  expect(patient.look(4)).toMatchObject({ episodes: [], nextLookAt: minutes(32) });
  const ran = patient.look(32);
  expect(ran.nextLookAt).toEqual(minutes(63));
  expect(ran.episodes[0]?.steps.map(({ kind }) => kind)).toEqual(['offer_ran_out']);
  expect(ran.episodes[0]?.notices.map(({ cause, unitId }) => `${cause} ${unitId}`)).toEqual(['offer_ran_out 1', 'offer_ran_out 2']);
  expect(patient.look(33).episodes).toEqual([]);
  expect(patient.look(64).episodes[0]?.steps.map(({ kind }) => kind)).toEqual(['advice_ran_out']);
  expect(patient.episode).toMatchObject({ ownerUnitId: 1, acknowledgedByPersonId: 7, offer: null, consultations: [] });
});

test('an offer that waits does not stop the giver’s ladder', () => {
  const [without, withOffer] = [new Patient(), new Patient().does(offer)];
  for (const patient of [without, withOffer]) patient.look(31);
  const told = ({ outcome }: Patient) =>
    outcome.episodes.flatMap(({ notices }) => notices.map(({ cause, unitId }) => `${cause} ${unitId}`));
  expect(told(without).length).toBeGreaterThan(0);
  expect(told(withOffer)).toEqual(told(without));
  expect(withOffer.episode.nextStepAt).toEqual(without.episode.nextStepAt);
});

test('however late the look, an acknowledgement and an offer that have run out are both told', () => {
  const patient = new Patient().does(acknowledge).does({ ...offer, deadlineAt: minutes(122) } as Step);
  const kinds = patient.look(500).episodes[0]?.steps.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['acknowledgement_ran_out', 'offer_ran_out', 'escalated']));
  const causes = patient.outcome.episodes[0]?.notices.map(({ cause, unitId }) => `${cause} ${unitId}`);
  expect(causes).toEqual(expect.arrayContaining(['acknowledgement_ran_out 1', 'offer_ran_out 1', 'offer_ran_out 2']));
});
