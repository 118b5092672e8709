import { readFileSync } from 'node:fs';
import type { Severity } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { routeOf } from './owner.js';
import { teamOf } from './unit.js';

interface CatalogueRouting {
  readonly escalation_ladder: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  readonly routing_default: readonly { readonly severity: 'info' | 'yellow' | 'red' | 'critical'; readonly first: string }[];
  readonly severity_levels: readonly { readonly id: 'info' | 'yellow' | 'red' | 'critical'; readonly opening_hours_clock: boolean }[];
}

const defaultRoute = (severity: Severity) => routeOf(DEFAULT_PATHWAY, severity, teamOf([]), new Date(0));

const catalogue = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')) as CatalogueRouting;

test.each(['critical', 'red', 'yellow'] as const)('the ladder of %s has the times and the names of the catalogue', (severity) => {
  const wanted = catalogue.escalation_ladder[severity]!.map(([when, to]) => {
    const [, count, unit] = /^PT(\d+)([MH])/.exec(when) ?? [];
    return { minutes: count ? Number(count) * (unit === 'H' ? 60 : 1) : 'end of next service day', to };
  });
  const ladder = defaultRoute(severity).ladder;
  expect(ladder.map((step) => ({ minutes: step.serviceDays === 1 ? 'end of next service day' : step.afterMin, to: step.to }))).toEqual(
    wanted,
  );
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
    ['yellow', 3],
    ['red', 4],
    ['critical', 4],
  ]);
});
