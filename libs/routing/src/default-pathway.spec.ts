import { readFileSync } from 'node:fs';
import type { Severity } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { routeOf } from './owner.js';
import { leadTaskOf } from './step-tasks.js';
import { teamOf } from './unit.js';
import { waitingEpisode } from './waiting-episode.js';
import { LEVEL_WORDS } from './wording.js';

interface CatalogueRouting {
  readonly escalation_ladder: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  readonly routing_default: readonly {
    readonly severity: 'info' | 'yellow' | 'red' | 'critical';
    readonly first: string;
    readonly then: readonly string[];
  }[];
  readonly severity_levels: readonly {
    readonly id: 'info' | 'yellow' | 'red' | 'critical';
    readonly opening_hours_clock: boolean;
    readonly acknowledge_within: string | null;
  }[];
  readonly care_levels: readonly { readonly id: string }[];
}

const defaultRoute = (severity: Severity) => routeOf(DEFAULT_PATHWAY, severity, teamOf([]), new Date(0));

const catalogue = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')) as CatalogueRouting;

/** Steps that are no rung of `escalation_ladder`, but what `routing_default` does when nobody has settled it. */
const NOT_SETTLED = 'gp by message';

test.each(['critical', 'red', 'yellow'] as const)('the ladder of %s has the times and the names of the catalogue', (severity) => {
  const wanted = catalogue.escalation_ladder[severity]!.map(([when, to]) => {
    const [, count, unit] = /^PT(\d+)([MH])/.exec(when) ?? [];
    return { minutes: count ? Number(count) * (unit === 'H' ? 60 : 1) : 'end of next service day', to };
  });
  const ladder = defaultRoute(severity).ladder.filter(({ to }) => to !== NOT_SETTLED);
  const rungs = ladder.map((step) => ({ minutes: step.serviceDays === 1 ? 'end of next service day' : step.afterMin, to: step.to }));
  // Two units of one rung are two steps.
  expect(rungs.filter(({ to }, index) => to !== rungs[index - 1]?.to)).toEqual(wanted);
});

test.each<[Severity, string, readonly string[]]>([
  ['yellow', 'team lead', ['dho']],
  ['red', 'team lead and responsible clinician', ['dho', 'responsible']],
  ['red', 'incident record, legevakt by phone', ['legevakt']],
])('of %s, "%s" calls %p and is a task of the team lead', (severity, name, levels) => {
  const steps = defaultRoute(severity).ladder.filter(({ to }) => to === name);
  expect(steps.map(({ careLevel }) => careLevel)).toEqual(levels);
  const [task] = steps.map((step) => leadTaskOf(waitingEpisode(severity, 1, new Date(0)), step));
  expect(task).toMatchObject({ forRole: 'team_lead', kind: name.startsWith('incident') ? 'incident-record' : 'ladder-lead' });
});

test('no other step of the catalogue is one', () => {
  const steps = DEFAULT_PATHWAY.routes.flatMap(({ severity, ladder }) => ladder.map((step) => ({ severity, step })));
  const asked = steps.filter(({ severity, step }) => leadTaskOf(waitingEpisode(severity, 1, new Date(0)), step) !== null);
  expect(new Set(asked.map(({ step }) => step.to)).size).toBe(3);
});

test('yellow that is not settled is told to the GP at the second service day', () => {
  expect(catalogue.routing_default.find(({ severity }) => severity === 'yellow')?.then).toContain(
    'gp by message if not settled in 1-2 service days',
  );
  expect(defaultRoute('yellow').ladder.at(-1)).toMatchObject({ careLevel: 'gp', serviceDays: 2, to: NOT_SETTLED });
});

/** Every "then" of `routing_default`, and what it is: a step of the ladder, a unit that may own it, a task, or what the patient is told. */
test('what comes after the first is what this was built for', () => {
  expect(catalogue.routing_default.map(({ severity, then }) => [severity, ...then])).toEqual([
    ['info', 'gp task where the rule says so'],
    ['yellow', 'patient plan step yellow', 'gp by message if not settled in 1-2 service days'],
    [
      'red',
      'gp same day in office hours',
      'legevakt outside office hours or when the GP cannot be reached within 1 h',
      'hospital ward or outpatient clinic when it holds the treatment responsibility',
    ],
    ['critical', 'dho on duty calls the patient', 'dho or on-call person calls 113 if the patient does not answer'],
  ]);
  expect(defaultRoute('red').first).toEqual(['dho', 'responsible', 'gp', 'legevakt']);
  expect(defaultRoute('red').ladder.map(({ careLevel }) => careLevel)).toEqual(['dho', 'dho', 'dho', 'responsible', 'legevakt']);
});

test('a second person is called when the time to acknowledge is over', () => {
  for (const { id, acknowledge_within: within } of catalogue.severity_levels) {
    const [, count, unit] = /^PT(\d+)([MH])/.exec(within ?? '') ?? [];
    const [, second] = defaultRoute(id).ladder;
    expect([id, second?.afterMin]).toEqual([id, count === undefined ? undefined : Number(count) * (unit === 'H' ? 60 : 1)]);
    expect(second?.openingHoursClock ?? false).toBe(id === 'yellow');
  }
});

test('the care levels are those of the catalogue and the patient-centred team, which is ours', () => {
  expect(Object.keys(LEVEL_WORDS).filter((id) => id !== 'psht')).toEqual(expect.arrayContaining(catalogue.care_levels.map(({ id }) => id)));
  expect(catalogue.care_levels).toHaveLength(Object.keys(LEVEL_WORDS).length - 1);
});

test('the clock of each severity is the one of the catalogue: yellow waits for opening hours, red and critical do not', () => {
  for (const { id, opening_hours_clock: onOpeningHours } of catalogue.severity_levels) {
    for (const step of defaultRoute(id).ladder) expect([id, step.openingHoursClock]).toEqual([id, onOpeningHours]);
  }
});

test('municipal follow-up comes first wherever the catalogue says a service does; the patient of critical is no unit', () => {
  for (const { severity, first } of catalogue.routing_default) {
    if (first === 'dho') expect(defaultRoute(severity).first[0]).toBe('dho');
  }
  expect(defaultRoute('critical').first[0]).toBe('dho');
});

test('a person is told of every severity but info until somebody takes it', () => {
  expect(DEFAULT_PATHWAY.routes.map(({ severity, ladder }) => [severity, ladder.length])).toEqual([
    ['info', 0],
    ['yellow', 4],
    ['red', 5],
    ['critical', 4],
  ]);
});
