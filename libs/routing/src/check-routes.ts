import { PROGRAMMES } from '@varde/plans';
import { isWorse } from '@varde/alerts';
import { SEVERITIES, type Severity } from '@varde/rules';
import { fault, type PathwayHole } from './hole.js';
import { minuteOf } from './opening-hours.js';
import type { Cooperation, Deadlines, LadderStep, Pathway, Route, RouteCondition } from './pathway.js';
import { OWNING_LEVELS, type OpeningHours } from './unit.js';
import { unreachableRoutes } from './unreachable.js';

/** A deadline longer than this is a mistake. */
const YEAR_MIN = 525_600;
const CALLED: readonly string[] = [...OWNING_LEVELS, 'responsible'];

/** Faults of a pathway in itself, whoever follows it. @param organisationIds those of its community; null: not known here */
export function checkRoutes(pathway: Pathway, organisationIds: ReadonlySet<number> | null): PathwayHole[] {
  return [
    ...SEVERITIES.flatMap((severity) => checkSeverity(pathway, severity, organisationIds)),
    ...checkCooperations(pathway.cooperations, organisationIds),
    ...checkDeadlines(pathway.deadlines),
  ];
}

function checkSeverity({ routes }: Pathway, severity: Severity, organisationIds: ReadonlySet<number> | null): PathwayHole[] {
  const own = routes.filter((route) => route.severity === severity);
  const last = own.at(-1);
  if (!last) return [fault(severity, 'no route')];
  const holes = own.flatMap((route, index) => {
    const where = own.length === 1 ? severity : `${severity}, route ${index + 1}`;
    return [...checkRoute(where, route), ...checkCondition(where, route.when, organisationIds)];
  });
  if (last.when && Object.values(last.when).some((each) => each !== undefined)) {
    holes.push(fault(severity, 'its last route has a condition: whoever it does not hold for would have no route'));
  }
  const numberOf = (index: number) => routes.slice(0, index + 1).filter((route) => route.severity === severity).length;
  for (const { index, shadowedBy } of unreachableRoutes(routes, severity)) {
    const where = `${severity}, route ${numberOf(index)}`;
    const by = shadowedBy.map(numberOf).join(' and ');
    holes.push(fault(where, by === '' ? 'its condition never holds' : `nobody ever takes it: everybody it is meant for takes route ${by}`));
  }
  return holes;
}

function checkRoute(where: string, route: Route): PathwayHole[] {
  const { severity, first, ladder, acknowledgementMin, endsWithAdvice } = route;
  const isUrgent = isWorse(severity, 'yellow');
  return [
    ...(first.length === 0 ? [fault(where, 'nobody goes first')] : []),
    ...first.filter((level) => !CALLED.includes(level)).map((level) => fault(where, `${level} is no level that can own`)),
    ...(severity !== 'info' && ladder.length === 0 ? [fault(where, 'no ladder')] : []),
    ...(acknowledgementMin !== null && !(acknowledgementMin > 0) ? [fault(where, 'an acknowledgement would run out as it is made')] : []),
    ...(endsWithAdvice && !isUrgent ? [fault(where, 'only red and critical end with emergency advice')] : []),
    ...ladder.flatMap((step, index) => checkStep(`${where}, step ${index + 1}`, step, { before: ladder[index - 1], isUrgent })),
  ];
}

function checkStep(
  where: string,
  step: LadderStep,
  { before, isUrgent }: { readonly before: LadderStep | undefined; readonly isUrgent: boolean },
): PathwayHole[] {
  const { afterMin, careLevel, openingHoursClock, serviceDays, to } = step;
  const isOnOneClock = before && serviceDays === undefined && before.openingHoursClock === openingHoursClock;
  return [
    ...(afterMin >= 0 && Number.isFinite(afterMin) ? [] : [fault(where, 'its time is not a number of minutes')]),
    ...(isOnOneClock && afterMin < before.afterMin ? [fault(where, 'it is due before the step it follows')] : []),
    ...(serviceDays !== undefined && !(Number.isInteger(serviceDays) && serviceDays > 0)
      ? [fault(where, 'its service days are not a whole number above 0')]
      : []),
    // On the ordinary clock service days count for nothing: it would be due after its minutes, which are often none.
    ...(serviceDays !== undefined && !openingHoursClock ? [fault(where, 'its service days need the opening-hours clock')] : []),
    ...(before?.serviceDays !== undefined && (serviceDays ?? 0) < before.serviceDays
      ? [fault(where, 'it is due before the step it follows')]
      : []),
    ...(CALLED.includes(careLevel) ? [] : [fault(where, `${careLevel} has no unit that can be told`)]),
    ...(openingHoursClock && isUrgent ? [fault(where, 'red and critical never wait for opening hours')] : []),
    ...(to.trim() === '' ? [fault(where, 'it has no name')] : []),
  ];
}

function checkCondition(
  where: string,
  when: RouteCondition | null | undefined,
  organisationIds: ReadonlySet<number> | null,
): PathwayHole[] {
  if (!when) return [];
  const { municipalityIds = [], programmes = [], responsibleLevels = [], hours = [] } = when;
  const isUnknown = (id: number) => organisationIds !== null && !organisationIds.has(id);
  return [
    ...municipalityIds.filter(isUnknown).map((id) => fault(where, `there is no organisation ${id} in the community`)),
    ...programmes.filter((each) => !isProgramme(each)).map((each) => fault(where, `there is no programme ${each}`)),
    ...responsibleLevels
      .filter((level) => !OWNING_LEVELS.includes(level))
      .map((level) => fault(where, `${level} is no level that can be responsible for a treatment`)),
    ...hours.flatMap(faultsOfHours).map((problem) => fault(where, problem)),
  ];
}

/** What is wrong with hours, each in a sentence. */
export function faultsOfHours({ weekdays, from, to }: OpeningHours): string[] {
  return [
    ...[from, to].filter((text) => minuteOf(text) === null).map((text) => `${text} is not a time of day (HH:MM)`),
    ...weekdays
      .filter((day) => !Number.isInteger(day) || day < 1 || day > 7)
      .map((day) => `${day} is not a weekday (1 Monday to 7 Sunday)`),
  ];
}

const isProgramme = (name: string): boolean => PROGRAMMES.some((each) => each === name);

function checkCooperations(cooperations: readonly Cooperation[], organisationIds: ReadonlySet<number> | null): PathwayHole[] {
  return cooperations.flatMap((cooperation, index) => {
    const { organisationIds: pair, step, programme } = cooperation;
    const [low, high] = pair;
    const where = `cooperation of ${low} and ${high}`;
    const others = cooperations.slice(0, index).filter((each) => each.organisationIds[0] === low && each.organisationIds[1] === high);
    const isAnotherField = (each: Cooperation) => step === 5 && each.step === 5 && each.programme !== programme;
    return [
      ...[...new Set(pair)]
        .filter((id) => organisationIds !== null && !organisationIds.has(id))
        .map((id) => fault(where, `there is no organisation ${id} in the community`)),
      ...(low === high ? [fault(where, 'an organisation stands on no step with itself')] : []),
      ...(low > high ? [fault(where, 'the lower id comes first')] : []),
      ...(Number.isInteger(step) && step >= 1 && step <= 6 ? [] : [fault(where, 'the steps are 1 to 6')]),
      ...(step === 5 && programme === null ? [fault(where, 'step 5 needs the programme that it is about')] : []),
      ...(step !== 5 && programme !== null ? [fault(where, 'only step 5 is about one programme')] : []),
      ...(programme !== null && !isProgramme(programme) ? [fault(where, `there is no programme ${programme}`)] : []),
      ...(others.every(isAnotherField) ? [] : [fault(where, 'the pair is named twice')]),
    ];
  });
}

function checkDeadlines(deadlines: Deadlines): PathwayHole[] {
  return (['handoverMin', 'consultationMin'] as const).flatMap((kind) =>
    SEVERITIES.filter((severity) => {
      const minutes = deadlines[kind][severity];
      return !(Number.isInteger(minutes) && minutes > 0 && minutes <= YEAR_MIN);
    }).map((severity) => fault(`deadlines, ${kind}, ${severity}`, `it is no whole number of minutes from 1 to ${YEAR_MIN}`)),
  );
}
