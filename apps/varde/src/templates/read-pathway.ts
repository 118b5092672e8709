import { PROGRAMMES } from '@varde/plans';
import { OWNING_LEVELS, type Deadlines, type LadderStep, type StaircaseStep } from '@varde/routing';
import { SEVERITIES } from '@varde/rules';
import type { Place } from './place.js';
import { readHours, type Keys } from './read-community.js';
import type { TemplateCondition, TemplateCooperation, TemplatePathway, TemplateRoute } from './template.js';

/** A level that can own, or the unit that holds the responsibility for the treatment. */
const CALLED = [...OWNING_LEVELS, 'responsible'] as const;
const YEAR_MIN = 525_600;

/** `pathway.json`: who gets what at which hour, and how far the organisations have joined. */
export function readPathwayFile(file: Place, keys: Keys): TemplatePathway {
  file.only('name', 'routes', 'cooperations', 'deadlines');
  const deadlines = file.at('deadlines').only('handoverMin', 'consultationMin');
  const routes = file.at('routes').some((route) => readRoute(route, keys));
  for (const severity of SEVERITIES) {
    if (routes.filter((route) => route.severity === severity).at(-1)?.when !== null)
      file.at('routes').fault(`the last route of ${severity} must be for everybody, always`);
  }
  return {
    name: file.at('name').text(),
    routes,
    cooperations: file.at('cooperations').list((each) => readCooperation(each, keys)),
    deadlines: { handoverMin: readMinutes(deadlines.at('handoverMin')), consultationMin: readMinutes(deadlines.at('consultationMin')) },
  };
}

function readMinutes(place: Place): Deadlines['handoverMin'] {
  place.only(...SEVERITIES);
  const minutes = (severity: (typeof SEVERITIES)[number]): number => place.at(severity).whole(1, YEAR_MIN);
  return { info: minutes('info'), yellow: minutes('yellow'), red: minutes('red'), critical: minutes('critical') };
}

function readRoute(route: Place, keys: Keys): TemplateRoute {
  route.only('severity', 'when', 'first', 'ladder', 'acknowledgementMin', 'endsWithAdvice');
  return {
    severity: route.at('severity').oneOf(SEVERITIES),
    when: route.at('when').or<TemplateCondition | null>(null, (when) => readCondition(when, keys)),
    first: route.at('first').some((level) => level.oneOf(CALLED)),
    ladder: route.at('ladder').list(readStep),
    acknowledgementMin: route.at('acknowledgementMin').or<number | null>(null, (minutes) => minutes.whole(1, YEAR_MIN)),
    ...(route.has('endsWithAdvice') && { endsWithAdvice: route.at('endsWithAdvice').flag() }),
  };
}

function readCondition(when: Place, keys: Keys): TemplateCondition {
  when.only('municipalities', 'programmes', 'responsibleLevels', 'hours');
  return {
    ...(when.has('municipalities') && {
      municipalities: when.at('municipalities').some((key) => key.keyOf(keys.organisations, 'organisation')),
    }),
    ...(when.has('programmes') && { programmes: when.at('programmes').some((programme) => programme.oneOf(PROGRAMMES)) }),
    ...(when.has('responsibleLevels') && {
      responsibleLevels: when.at('responsibleLevels').some((level) => level.oneOf(OWNING_LEVELS)),
    }),
    ...(when.has('hours') && { hours: when.at('hours').some(readHours) }),
  };
}

function readStep(step: Place): LadderStep {
  step.only('afterMin', 'openingHours', 'serviceDays', 'careLevel', 'to');
  return {
    afterMin: step.at('afterMin').or(0, (minutes) => minutes.whole(0, YEAR_MIN)),
    openingHoursClock: step.at('openingHours').or(step.has('serviceDays'), (flag) => flag.flag()),
    careLevel: step.at('careLevel').oneOf(CALLED),
    to: step.at('to').text(),
    ...(step.has('serviceDays') && { serviceDays: step.at('serviceDays').whole(1, 10) }),
  };
}

function readCooperation(place: Place, keys: Keys): TemplateCooperation {
  place.only('organisations', 'step', 'programme');
  const organisations = place.at('organisations').list((key) => key.keyOf(keys.organisations, 'organisation'));
  const [first = '', second = ''] = organisations;
  if (organisations.length !== 2 || first === second) place.at('organisations').fault('must name two organisations');
  const step = place.at('step').whole(1, 6) as StaircaseStep;
  const programme = place.at('programme').or<(typeof PROGRAMMES)[number] | null>(null, (each) => each.oneOf(PROGRAMMES));
  if ((step === 5) !== (programme !== null)) place.at('programme').fault('step 5 names its programme, and only step 5 does');
  return { organisations: [first, second], step, programme };
}
