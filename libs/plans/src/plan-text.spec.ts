import type { CarePlan, PlanText } from './care-plan.js';
import { DEFAULT_PLAN_TEXTS, faultsOfPlanText, PLAN_TEXT_KEYS, planTextAt } from './plan-text.js';

const at = (text: string): Date => new Date(text);
const NOW = at('2026-01-15T10:00:00Z');
const plan: CarePlan = {
  ...{ patientId: 1, zone: 'Europe/Oslo', enrolments: [], limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
};
const words = (text: string) => ({ nb: text, en: text });
const agreed = (version: number, text: string, validTo: Date | null = null): PlanText => ({
  ...{ id: version, key: 'yellow', text: words(text), reason: 'avtalt i dag', setByPersonId: 1, version },
  ...{ validFrom: at('2026-01-01T00:00:00Z'), validTo },
});
const proposed = { text: words('Ring 113.'), reason: 'avtalt i dag', validFrom: NOW, validTo: null };

test('the newest version in force is told, and the default when none is', () => {
  const texts = [agreed(1, 'en'), agreed(3, 'tre', at('2026-01-10T00:00:00Z')), agreed(2, 'to')];
  expect(planTextAt({ ...plan, texts }, 'yellow', NOW)).toEqual(words('to'));
  expect(planTextAt({ ...plan, texts }, 'yellow', at('2026-01-09T00:00:00Z'))).toEqual(words('tre'));
  expect(planTextAt({ ...plan, texts }, 'red', NOW)).toEqual(DEFAULT_PLAN_TEXTS.red);
  expect(planTextAt(plan, 'yellow', NOW)).toEqual(DEFAULT_PLAN_TEXTS.yellow);
});

test('every default could be agreed', () => {
  for (const key of PLAN_TEXT_KEYS) expect(faultsOfPlanText({ ...proposed, key, text: DEFAULT_PLAN_TEXTS[key] })).toEqual([]);
});

test('that somebody of the unit calls the patient may be agreed', () => {
  const text = { nb: 'Vi ringer deg i morgen.', en: 'We call you tomorrow.' };
  expect(faultsOfPlanText({ ...proposed, key: 'yellow', text })).toEqual([]);
});

test('by default yellow says when to get in touch, and red to see the GP today (clinical README 2.4)', () => {
  const { yellow, red } = DEFAULT_PLAN_TEXTS;
  expect(yellow.nb).toMatch(/gult trinn.*Ta kontakt hvis du ikke er bedre om 24 til 48 timer\.$/);
  expect(yellow.en).toMatch(/yellow step.*Get in touch if you are not better in 24 to 48 hours\.$/);
  expect(red.nb).toMatch(/rødt trinn.*kontakt fastlegen i dag\.$/);
  expect(red.en).toMatch(/red step.*contact your GP today\.$/);
});

test.each([
  ['113 is not named', { key: 'call_113', text: words('Ring nødnummeret.') }, 'must name 113'],
  ['116117 is not named', { key: 'call_116117', text: words('Ring 113.') }, 'must name 116117'],
  ['it says that somebody has called', { key: 'call_113', text: words('113 er varslet, vent.') }, 'nobody has'],
  ['it says so in English', { key: 'red', text: { nb: 'Vent.', en: 'The ambulance has been called.' } }, 'nobody has'],
  ['it says that help is coming', { key: 'red', text: { nb: 'Hjelp er på vei.', en: 'Wait.' } }, 'nobody has'],
  ...[
    ['113 blir varslet, vent.', 'Call 113.'],
    ['Ring 113. AMK varsles automatisk.', 'Call 113.'],
    ['Ring 113. Vi ringer 113 for deg.', 'Call 113.'],
    ['Ring 113. Hjelpen kommer.', 'Call 113.'],
    ['Ring 113.', 'Call 113. We alert the ambulance service for you.'],
    ['Ring 113.', 'Call 113. Help is coming.'],
    ['Ring 113.', 'Call 113. An ambulance will be coming.'],
  ].map(([nb = '', en = '']) => [`it says "${nb} ${en}"`, { key: 'red', text: { nb, en } }, 'nobody has'] as const),
  ['it is empty in one language', { key: 'green', text: { nb: 'Fint.', en: ' ' } }, '1 to 400'],
  ['it is a novel', { key: 'green', text: words('x'.repeat(401)) }, '1 to 400'],
  ['it has no reason', { key: 'green', reason: ' ' }, 'a reason'],
  ['it ends before it begins', { key: 'green', validTo: NOW }, 'ends before'],
] as const)('is refused when %s', (_what, change, because) => {
  const faults = faultsOfPlanText({ ...proposed, ...change });
  expect(faults.map(({ en }) => en).join()).toContain(because);
});
