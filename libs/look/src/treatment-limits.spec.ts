import type { RoutedLimits } from '@varde/plans';
import { teamOf, unitOf } from '@varde/routing';
import { CATALOGUE, planOf } from '../../../test/clinic.js';
import { fires, graded, hours, quiet, Story } from '../../../test/look-story.js';
import { look } from './look.js';

/** A palliative team that is there by day beside the units of the story; hour 0 is 08:00. */
const PALLIATIVE = unitOf({
  ...{ id: 9, name: 'Palliativt team', careLevel: 'hospital_outpatient', zone: 'Europe/Oslo' },
  openingHours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '16:00' }],
});
const LIMITS: RoutedLimits = {
  ...{ fromSeverity: 'red', unitId: 9, unitName: PALLIATIVE.name, validFrom: hours(-48), validTo: null, reviewBy: hours(24 * 90) },
  ...{ endedByPersonId: null, version: 1 },
};
const teamWith = (given: Partial<RoutedLimits> = {}) =>
  teamOf([...quiet.team.units, PALLIATIVE], { treatmentLimits: [{ ...LIMITS, ...given }] });
const stepsOf = (story: Story): string[] =>
  story.outcomes.flatMap(({ episodes }) => episodes.flatMap(({ steps }) => steps.map(({ kind, reason }) => `${kind}: ${reason.en}`)));

describe('a patient with treatment limits', () => {
  test('what is red is found and recorded as for everybody, and is the named unit’s; yellow is the pathway’s', () => {
    const red = graded(hours(1), { severity: 'red' });
    const story = new Story({ team: teamWith() }).look(hours(1), fires(red));
    const [without] = new Story().look(hours(1), fires(red)).episodes;
    expect(story.outcomes[0]?.findings).toEqual([red.finding]);
    expect(story.episodes).toMatchObject([{ ...without, ownerUnitId: 9 }]);
    expect(stepsOf(story)[0]).toContain('Owner: Palliativt team (hospital outpatient clinic), by the treatment limits (version 1)');
    expect(new Story({ team: teamWith() }).look(hours(1), fires(graded(hours(1)))).episodes).toMatchObject([{ ownerUnitId: 1 }]);
  });

  test('what the patient is told is the same: 113 stays', () => {
    const critical = fires(graded(hours(1), { severity: 'critical' }));
    const advice = (story: Story) =>
      story.look(hours(1), critical).outcomes.flatMap(({ episodes }) => episodes.flatMap((each) => each.advice ?? []));
    const told = advice(new Story({ team: teamWith() }));
    expect(told).toEqual(advice(new Story()));
    expect(told.map(({ text }) => text.nb).join()).toContain('113');
  });

  test('what becomes red in the hands of another unit stays theirs, and the named unit is called first', () => {
    const story = new Story({ team: teamWith() })
      .look(hours(1), fires(graded(hours(1))))
      .look(hours(2), fires(graded(hours(2), { severity: 'red' })));
    expect(story.episodes).toMatchObject([{ ownerUnitId: 1, severity: 'red' }]);
    expect(stepsOf(story)).toContainEqual(expect.stringContaining('Palliativt team is told, by the treatment limits (version 1)'));
  });

  test('at night, when the named unit is closed, the pathway’s route is followed, and the history says why', () => {
    const story = new Story({ team: teamWith() }).look(hours(12), fires(graded(hours(12), { severity: 'red' })));
    expect(story.episodes).toMatchObject([{ ownerUnitId: 3 }]);
    expect(stepsOf(story)[0]).toContain('Palliativt team, which the treatment limits (version 1) name, is not staffed now');
  });

  test('somebody looks when they end, and the physician is told then, once, until it is done', () => {
    const lookAt = (at: Date, given: Partial<RoutedLimits>) => {
      const { tasks, keptTasks, nextLookAt } = look({ ...quiet, catalogue: CATALOGUE, plan: planOf(), team: teamWith(given), now: at });
      return { wanted: tasks?.map(({ key }) => key), kept: keptTasks?.map(({ key }) => key), nextLookAt };
    };
    const ends = { validTo: hours(24 * 20) };
    expect(lookAt(hours(0), ends)).toEqual({ wanted: [], kept: undefined, nextLookAt: hours(24 * 6) });
    expect(lookAt(hours(24 * 6), ends)).toEqual({ wanted: ['treatment-limits-ending:1'], kept: undefined, nextLookAt: hours(24 * 20) });
    expect(lookAt(hours(24 * 20), ends)).toMatchObject({ wanted: [], kept: ['treatment-limits-ended:1'] });
    expect(lookAt(hours(0), { unitId: 77 }).wanted).toEqual(['treatment-limits-unit:1']);
    expect(lookAt(hours(24 * 90), {}).wanted).toEqual(['treatment-limits-outdated:1']);
  });
});
