import type { Episode } from '@varde/alerts';
import type { RoutedLimits } from '@varde/plans';
import { SEVERITIES, type Severity } from '@varde/rules';
import fc from 'fast-check';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { dueLadderSteps } from './ladder.js';
import { chooseOwner } from './owner.js';
import { CONTACT_TESTED_DAYS, findHoles, type Known } from './preflight.js';
import { isStaffed } from './reach.js';
import { limitsTasks } from './treatment-limits.js';
import { teamOf, unitOf, type CareLevel, type Duty, type OpeningHours, type Team, type Unit } from './unit.js';
import { waitingEpisode } from './waiting-episode.js';

const DAILY: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '16:00' }];
const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const unit = (id: number, careLevel: CareLevel, openingHours = DAILY, more: Partial<Unit> = {}): Unit =>
  unitOf({ id, name: `${careLevel} ${id}`, careLevel, zone: 'Europe/Oslo', openingHours, ...more });
const DHO = unit(1, 'dho');
const GP = unit(2, 'gp');
const LEGEVAKT = unit(3, 'legevakt', ALWAYS);
const PALLIATIVE = unit(9, 'hospital_outpatient', [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '07:00', to: '23:00' }]);

/** Thursday 15 January 2026 in Oslo. */
const clock = (text: string): Date => new Date(`2026-01-15T${text}:00+01:00`);
const LIMITS: RoutedLimits = {
  fromSeverity: 'red',
  unitId: PALLIATIVE.id,
  unitName: PALLIATIVE.name,
  validFrom: new Date('2026-01-10T12:00:00+01:00'),
  validTo: null,
  reviewBy: new Date('2026-06-01T12:00:00+02:00'),
  endedByPersonId: null,
  version: 2,
};
const team = (
  limits: Partial<RoutedLimits> = {},
  units: readonly Unit[] = [DHO, GP, LEGEVAKT, PALLIATIVE],
  about: Partial<Team> = {},
): Team => teamOf(units, { treatmentLimits: [{ ...LIMITS, ...limits }], ...about });
const ownerAt = (of: Team, severity: Severity, at: Date) => chooseOwner(DEFAULT_PATHWAY, of, severity, at);

describe('the owner by treatment limits', () => {
  test('is the unit they name, for what is grave enough, and says which version', () => {
    expect(ownerAt(team(), 'red', clock('12:00'))).toEqual({
      unitId: 9,
      careLevel: 'hospital_outpatient',
      reason: {
        nb: 'Ansvarlig: hospital_outpatient 9 (sykehusets poliklinikk), etter behandlingsbegrensningene (versjon 2)',
        en: 'Owner: hospital_outpatient 9 (hospital outpatient clinic), by the treatment limits (version 2)',
      },
    });
    const owners = (of: Team) => SEVERITIES.map((severity) => ownerAt(of, severity, clock('12:00')).unitId);
    expect([owners(team()), owners(team({ fromSeverity: 'critical' })), owners(teamOf([DHO, PALLIATIVE]))]).toEqual([
      ...[
        [1, 1, 9, 9],
        [1, 1, 1, 9],
        [1, 1, 1, 1],
      ],
    ]);
  });

  test.each<[string, Team, Date, number, string]>([
    ['is closed', team(), clock('23:30'), 3, 'hospital_outpatient 9, which the treatment limits (version 2) name, is not staffed now'],
    ['has left the team', team({}, [DHO, LEGEVAKT]), clock('12:00'), 1, 'is not in the team'],
    ['is a guest', team({}, [DHO, PALLIATIVE], { guestUnitIds: [9] }), clock('12:00'), 1, 'is not in the team'],
    ['cannot own', team({ unitId: 8 }, [DHO, unit(8, 'amk', ALWAYS)]), clock('12:00'), 1, 'is not in the team'],
  ])('is whom the pathway chooses when that unit %s, and the reason says so', (...[, of, at, unitId, why]) => {
    const owner = ownerAt(of, 'red', at);
    expect([owner.unitId, owner.reason.en]).toEqual([unitId, expect.stringContaining(why)]);
    expect(owner.reason.en).toContain('on the pathway');
  });

  test('is whom the pathway chooses before they begin and when they have run out, without a word of them', () => {
    const of = team({ validTo: clock('12:00') });
    expect(ownerAt(of, 'red', clock('11:59')).unitId).toBe(9);
    expect(ownerAt(of, 'red', clock('12:00'))).toEqual(ownerAt(teamOf([DHO, GP, LEGEVAKT, PALLIATIVE]), 'red', clock('12:00')));
    expect(ownerAt(team({ validFrom: clock('12:01') }), 'red', clock('12:00')).unitId).toBe(1);
  });
});

/** Looks at each of these times; what was told to whom. */
function climb(of: Team, episode: Episode, ...times: readonly string[]): { readonly told: string[]; readonly episode: Episode } {
  const told: string[] = [];
  let now = episode;
  for (const time of times) {
    const due = dueLadderSteps(now, DEFAULT_PATHWAY, of, clock(time));
    if (due === null) continue;
    const { ladderStartedAt, ladderStepsTaken, nextStepAt } = due;
    now = { ...now, ladderStartedAt, ladderStepsTaken, nextStepAt };
    told.push(...due.notices.map(({ unitId, text }) => `${time} ${unitId} ${text.en}`));
  }
  return { told, episode: now };
}

describe('the ladder by treatment limits', () => {
  test('calls the unit they name first, also when another owns it since it was milder; the steps after it are the pathway’s', () => {
    const { told } = climb(team(), waitingEpisode('red', DHO.id, clock('09:00')), '09:00', '09:30', '10:00', '11:00');
    expect(told).toEqual([
      '09:00 9 Step 1 of 5, dho on duty: hospital_outpatient 9 is told, by the treatment limits (version 2)',
      '09:30 1 Step 2 of 5, all dho staff on duty: dho 1 is told',
      '10:00 1 Step 3 of 5, team lead and responsible clinician: dho 1 is told',
      '10:00 2 Step 4 of 5, team lead and responsible clinician: gp 2 is told',
      '11:00 3 Step 5 of 5, incident record, legevakt by phone: legevakt 3 is told',
    ]);
  });

  test('calls the owner with the reason when that unit is closed, and waits for it when nobody else comes before it', () => {
    const early = unit(9, 'hospital_outpatient', [{ weekdays: [5], from: '05:00', to: '06:00' }]);
    const day = climb(team({}, [DHO, early]), waitingEpisode('red', DHO.id, clock('09:00')), '09:00');
    expect(day.told).toEqual([
      '09:00 1 Step 1 of 5, dho on duty: dho 1 is told, hospital_outpatient 9, which the treatment limits (version 2) name, is not staffed now',
    ]);
    const night = climb(team({}, [DHO, early]), waitingEpisode('red', DHO.id, clock('22:00')), '22:00');
    expect([night.told, night.episode.nextStepAt]).toEqual([[], new Date('2026-01-16T05:00:00+01:00')]);
  });

  test('always has an owner of the team, and a next clock ahead, whatever they say', () => {
    const moments = fc.integer({ min: -72, max: 72 }).map((hours) => new Date(clock('12:00').getTime() + hours * 3_600_000));
    const given = fc.record({
      fromSeverity: fc.constantFrom('red' as const, 'critical' as const),
      unitId: fc.constantFrom(1, 2, 3, 9, 77),
      validFrom: moments,
      validTo: fc.option(moments),
    });
    fc.assert(
      fc.property(given, fc.constantFrom(...SEVERITIES), moments, fc.subarray([DHO, GP, PALLIATIVE]), (limits, severity, at, others) => {
        const of = team(limits, [LEGEVAKT, ...others]);
        const owner = of.units.find(({ id }) => id === ownerAt(of, severity, at).unitId);
        expect(owner).toBeDefined();
        // Legevakt is always there: what is grave always has an owner who is, if the pathway's levels leave any.
        const due = dueLadderSteps(waitingEpisode(severity, owner?.id ?? 0, at), DEFAULT_PATHWAY, of, at);
        if (due === null) return;
        expect(due.nextStepAt?.getTime()).toBeGreaterThan(at.getTime());
        for (const { unitId } of due.notices) {
          const called = of.units.find(({ id }) => id === unitId);
          expect(called).toBeDefined();
          if (severity === 'red' || severity === 'critical') expect(called && isStaffed(called, at)).toBe(true);
        }
      }),
    );
  });
});

describe('holes and tasks of treatment limits', () => {
  const PERIOD = { from: new Date('2026-01-12T00:00:00+01:00'), to: new Date('2026-01-26T00:00:00+01:00') };
  const ALL: Known = { staff: new Map(), contactTestedDays: CONTACT_TESTED_DAYS };
  const shifts = (missing: number): Duty[] =>
    Array.from({ length: 28 }, (_, day) => PERIOD.from.getTime() + (day - 7) * 86_400_000)
      .filter((midnight) => midnight !== PERIOD.from.getTime() + missing * 86_400_000)
      .map((midnight) => ({
        personId: 5,
        kind: 'shift',
        from: new Date(midnight + 7 * 3_600_000),
        to: new Date(midnight + 23 * 3_600_000),
      }));
  const holes = (of: Team) => findHoles(DEFAULT_PATHWAY, of, PERIOD, ALL).filter(({ severity }) => severity === 'red');

  test('a named unit that is closed as agreed is no hole: the pathway is there', () => {
    expect(holes(team())).toEqual([]);
  });

  test('one that is open with nobody on its roster is a hole, though others are reached, for as long as the limits last', () => {
    const named = unit(9, 'hospital_outpatient', PALLIATIVE.openingHours, { duty: shifts(4) });
    const units = [DHO, GP, LEGEVAKT, named];
    expect(holes(teamOf(units))).toEqual([]);
    expect(holes(team({}, units))).toMatchObject([
      {
        ...{ fromAt: new Date('2026-01-16T07:00:00+01:00'), toAt: new Date('2026-01-16T23:00:00+01:00') },
        ...{ step: { number: 1 }, problem: 'nobody_on_duty', unitId: 9, leadUnitId: 9 },
      },
    ]);
    expect(holes(team({ validTo: new Date('2026-01-16T10:30:00+01:00') }, units))).toMatchObject([
      { fromAt: new Date('2026-01-16T07:00:00+01:00'), toAt: new Date('2026-01-16T10:30:00+01:00'), unitId: 9 },
    ]);
    expect(holes(team({ validTo: PERIOD.from }, units))).toEqual([]);
  });

  test('so is one that nobody is known to come to', () => {
    const closed = (openingHours: readonly OpeningHours[], duty: readonly Duty[] | null) =>
      limitsTasks(team({}, [DHO, unit(9, 'hospital_outpatient', openingHours, { duty })]), clock('23:30')).map(({ reason }) => reason.en);
    const words =
      'The treatment limits (version 2) name hospital_outpatient 9, which nobody is known to come to; the pathway is followed meanwhile';
    expect([closed(DAILY, null), closed([], null), closed(DAILY, [])]).toEqual([[], [words], [words]]);
  });

  test('a unit that is not in the team is a task for the physician', () => {
    expect(limitsTasks(team(), clock('12:00'))).toEqual([]);
    expect(limitsTasks(teamOf([DHO]), clock('12:00'))).toEqual([]);
    expect(limitsTasks(team({}, [DHO]), clock('12:00'))).toMatchObject([{ key: 'treatment-limits-unit:2', forRole: 'physician' }]);
    expect(limitsTasks(team({ validTo: clock('11:00') }, [DHO]), clock('12:00'))).toEqual([]);
  });
});
