// The same clinical story on each step of the staircase between a municipality and a hospital trust: six written-down courses.
import type { StaircaseStep } from '@varde/routing';
import { readEffort } from '@varde/store';
import { applyTemplate } from '../apps/varde/src/templates/apply-template.js';
import type { StoryAct, StoryExpectation, StoryLine } from '../apps/varde/src/templates/story.js';
import type { Template, TemplatePerson, TemplateUnit } from '../apps/varde/src/templates/template.js';
import { ALWAYS, NO_PASSWORD } from './community.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { openStage, Telling, type Stage } from './template-stories.js';

const MADE_UP = '(oppdiktet)';
const SEVERITIES = ['info', 'yellow', 'red', 'critical'] as const;
const MINUTES = { info: 2_880, yellow: 1_440, red: 30, critical: 5 };

const unit = (key: string, careLevel: TemplateUnit['careLevel'], organisations: readonly string[]): TemplateUnit => ({
  ...{ key, name: key, careLevel, organisations, serves: [], hours: ALWAYS, onHolidays: 'as_usual', specialDays: [] },
  ...{ services: [], hasRoster: false },
});
const person = (key: string, organisation: string, units: readonly string[]): TemplatePerson => ({
  ...{ key, name: `${key} ${MADE_UP}`, roles: ['nurse', 'physician'], organisation, units },
});

/** What organisations on a step have built: shared staff from 3, a joint team from 4, one team around the patient from 5. */
interface Built {
  readonly step: StaircaseStep;
  readonly programme?: 'copd';
  readonly isStaffShared?: boolean;
  readonly hasJointTeam?: boolean;
  readonly isClinicOfTeam?: boolean;
}

/** A municipality with a follow-up service and a hospital trust with a lung clinic, and nothing between them but their step. */
function communityOn({ step, programme, isStaffShared = false, hasJointTeam = false, isClinicOfTeam = false }: Built): Template {
  const team = hasJointTeam ? ['team'] : isClinicOfTeam ? ['dho', 'clinic'] : ['dho'];
  const patient = (key: string, programmes: Template['patients'][number]['programmes']) => {
    return { key, name: `${key} ${MADE_UP}`, birthYear: 1950, municipality: 'kommune', programmes, team, responsible: null };
  };
  return {
    ...{ name: 'staircase', code: `step-${step}`, community: `Trappa ${MADE_UP}`, about: { nb: '', en: '' }, zone: 'Europe/Oslo' },
    organisations: [
      { key: 'kommune', name: `Kommunen ${MADE_UP}`, kind: 'municipality' },
      { key: 'sykehus', name: `Sykehuset ${MADE_UP}`, kind: 'hospital_trust' },
    ],
    units: [
      unit('dho', 'dho', ['kommune']),
      unit('clinic', 'hospital_outpatient', ['sykehus']),
      ...(hasJointTeam ? [unit('team', 'psht', ['kommune', 'sykehus'])] : []),
    ],
    duty: [],
    contacts: [],
    pathway: {
      name: 'Trappa',
      routes: SEVERITIES.map((severity) => ({
        ...{ severity, when: null, first: ['psht', 'dho'], acknowledgementMin: 120 },
        ladder: [{ afterMin: 0, openingHoursClock: false, careLevel: hasJointTeam ? 'psht' : 'dho', to: 'on duty' }],
      })),
      cooperations: [{ organisations: ['kommune', 'sykehus'], step, programme: programme ?? null }],
      deadlines: { handoverMin: MINUTES, consultationMin: { ...MINUTES, red: 60 } },
    },
    people: [
      person('nina', 'kommune', hasJointTeam ? ['dho', 'team'] : ['dho']),
      person('lukas', 'sykehus', hasJointTeam ? ['clinic', 'team'] : ['clinic']),
      person('sara', 'sykehus', isStaffShared ? ['clinic', 'dho'] : ['clinic']),
    ],
    patients: [patient('kari', ['copd']), patient('harald', ['hf'])],
    story: [],
  };
}

const RED: readonly StoryLine[] = (['09:50', '10:00'] as const).map((at) => ({
  ...{ kind: 'measures', at, values: [{ metric: 'spo2', value: 86 }] },
}));
const does = (at: string, by: string, what: StoryAct['does'], also: Partial<StoryAct> = {}): StoryAct => ({
  ...{ kind: 'act', at, by, does: what, to: null, says: 'på grunn av tungpust', outcome: null, informed: [], refused: null, ...also },
});
const so = (at: string, owner: string, also: Partial<StoryExpectation>): StoryExpectation => ({
  ...{
    kind: 'expect',
    at,
    owner,
    severity: null,
    state: null,
    told: null,
    advised: null,
    adviceSays: null,
    offeredTo: undefined,
    seenBy: null,
  },
  ...also,
});
const CLOSE = { outcome: 'plan_changed' } as const;

interface Course extends Built {
  readonly course: string;
  readonly patient?: string;
  readonly lines: readonly StoryLine[];
}

/** The story: a red saturation at ten; the follow-up service wants the lung clinic in it; the plan is changed and it is closed. */
const COURSES: readonly Course[] = [
  {
    step: 1,
    course: 'the clinic sees nothing until it is offered, has nothing until it accepts, and the giver is told',
    lines: [
      so('10:00', 'dho', { severity: 'red', state: 'waiting', told: ['opened dho'], seenBy: ['nina'] }),
      does('10:05', 'nina', 'acknowledge'),
      does('10:06', 'nina', 'ask_advice', { to: 'clinic', refused: 'Conflict' }),
      does('10:07', 'nina', 'move', { to: 'clinic', refused: 'Forbidden' }),
      does('10:08', 'lukas', 'acknowledge', { refused: 'NotFound' }),
      does('10:10', 'nina', 'offer', { to: 'clinic' }),
      so('10:10', 'dho', { state: 'acknowledged', offeredTo: 'clinic', told: ['offered clinic'], seenBy: ['lukas', 'nina', 'sara'] }),
      does('10:11', 'lukas', 'acknowledge', { refused: 'Forbidden' }),
      does('10:20', 'lukas', 'accept'),
      so('10:20', 'clinic', { state: 'acknowledged', offeredTo: null, told: ['accepted dho'], seenBy: ['lukas', 'nina', 'sara'] }),
      does('10:21', 'nina', 'close', { ...CLOSE, refused: 'Forbidden' }),
      does('10:40', 'lukas', 'close', CLOSE),
      so('10:40', 'clinic', { state: 'closed' }),
    ],
  },
  {
    step: 2,
    course: 'the clinic advises within its hour, and the follow-up service keeps it',
    lines: [
      so('10:00', 'dho', { severity: 'red', state: 'waiting', told: ['opened dho'], seenBy: ['nina'] }),
      does('10:05', 'nina', 'acknowledge'),
      does('10:06', 'nina', 'ask_advice', { to: 'clinic' }),
      so('10:06', 'dho', { state: 'acknowledged', told: ['advice_asked clinic'], seenBy: ['lukas', 'nina', 'sara'] }),
      does('10:30', 'lukas', 'give_advice', { says: 'øk dosen' }),
      so('10:30', 'dho', { state: 'acknowledged', told: ['advice_given dho'], seenBy: ['nina'] }),
      does('10:35', 'nina', 'ask_advice', { to: 'clinic', says: 'og hvis det ikke hjelper?' }),
      so('11:34', 'dho', { told: ['advice_asked clinic'], seenBy: ['lukas', 'nina', 'sara'] }),
      so('11:35', 'dho', { state: 'acknowledged', told: ['advice_ran_out clinic', 'advice_ran_out dho'], seenBy: ['nina'] }),
      does('11:36', 'nina', 'move', { to: 'clinic', refused: 'Forbidden' }),
      does('11:40', 'nina', 'close', CLOSE),
      so('11:40', 'dho', { state: 'closed' }),
    ],
  },
  {
    step: 3,
    isStaffShared: true,
    course: "the hospital's nurse works for the follow-up service too, and takes it there",
    lines: [
      so('10:00', 'dho', { severity: 'red', state: 'waiting', told: ['opened dho'], seenBy: ['nina', 'sara'] }),
      does('10:05', 'sara', 'acknowledge'),
      so('10:05', 'dho', { state: 'acknowledged', offeredTo: null, told: [] }),
      does('10:06', 'lukas', 'acknowledge', { refused: 'NotFound' }),
      does('10:10', 'sara', 'move', { to: 'clinic', refused: 'Forbidden' }),
      does('10:40', 'sara', 'close', CLOSE),
      so('10:40', 'dho', { state: 'closed' }),
    ],
  },
  {
    step: 4,
    hasJointTeam: true,
    course: 'one joint team has one worklist: whoever of the two organisations takes it, takes it',
    lines: [
      so('10:00', 'team', { severity: 'red', state: 'waiting', told: ['opened team'], seenBy: ['lukas', 'nina'] }),
      does('10:05', 'nina', 'acknowledge'),
      does('10:15', 'lukas', 'acknowledge'),
      so('10:15', 'team', { state: 'acknowledged', offeredTo: null, told: [] }),
      does('10:16', 'sara', 'acknowledge', { refused: 'NotFound' }),
      does('10:40', 'lukas', 'close', CLOSE),
      so('10:40', 'team', { state: 'closed' }),
    ],
  },
  {
    step: 5,
    programme: 'copd',
    isClinicOfTeam: true,
    course: 'inside the programme the clinic acts at once, and there is nothing to offer',
    lines: [
      so('10:00', 'dho', { severity: 'red', state: 'waiting', told: ['opened dho'], seenBy: ['lukas', 'nina', 'sara'] }),
      does('10:05', 'lukas', 'acknowledge'),
      so('10:05', 'dho', { state: 'acknowledged', told: [] }),
      does('10:06', 'nina', 'offer', { to: 'clinic', refused: 'Conflict' }),
      does('10:10', 'nina', 'move', { to: 'clinic' }),
      so('10:10', 'clinic', { offeredTo: null }),
      does('10:40', 'nina', 'close', CLOSE),
      so('10:40', 'clinic', { state: 'closed' }),
    ],
  },
  {
    step: 5,
    programme: 'copd',
    isClinicOfTeam: true,
    patient: 'harald',
    course: 'outside the programme they stand on step 4: it is offered',
    lines: [
      so('10:00', 'dho', { severity: 'red', state: 'waiting', told: ['opened dho'], seenBy: ['lukas', 'nina', 'sara'] }),
      does('10:05', 'lukas', 'acknowledge', { refused: 'Forbidden' }),
      does('10:06', 'nina', 'move', { to: 'clinic', refused: 'Forbidden' }),
      does('10:10', 'nina', 'offer', { to: 'clinic' }),
      does('10:20', 'lukas', 'accept'),
      so('10:20', 'clinic', { state: 'acknowledged', told: ['accepted dho', 'offered clinic'] }),
    ],
  },
  {
    step: 6,
    isClinicOfTeam: true,
    patient: 'harald',
    course: 'one organisation: whatever the programme, everybody acts, and the care level is a tag',
    lines: [
      so('10:00', 'dho', { severity: 'red', state: 'waiting', told: ['opened dho'], seenBy: ['lukas', 'nina', 'sara'] }),
      does('10:05', 'lukas', 'acknowledge'),
      does('10:10', 'lukas', 'move', { to: 'clinic' }),
      so('10:10', 'clinic', { offeredTo: null }),
      does('10:15', 'nina', 'acknowledge'),
      does('10:40', 'sara', 'close', CLOSE),
      so('10:40', 'clinic', { state: 'closed' }),
    ],
  },
];

let db: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  db = await openTestDatabase();
  stage = await openStage(db.database);
});
afterAll(async () => {
  await stage.ingest.stop();
  await db.close();
});

const tell = ({ lines, course, patient = 'kari', ...built }: Course): Promise<Telling> =>
  Telling.tell(stage, communityOn(built), { title: course, patient, day: '2028-05-09', absent: [], lines: [...RED, ...lines] });

test.each(COURSES)('step $step: $course', async (course) => {
  await tell(course);
});

test('no two steps come to the same', () => {
  const outcomeOf = (line: StoryLine): readonly unknown[] => {
    if (line.kind === 'expect') return [line.owner, line.told];
    return line.kind === 'act' && line.refused !== null ? [line.refused] : [];
  };
  const outcomes = COURSES.map(({ lines }) => lines.map(outcomeOf));
  expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(COURSES.length);
});

test('step 4: what the joint team costs and gives is told for each of its owners', async () => {
  const course = COURSES.find(({ step }) => step === 4);
  if (course === undefined) throw new Error('there is no step 4');
  const telling = await tell(course);
  const day = { from: new Date('2028-05-09T00:00:00Z'), to: new Date('2028-05-10T00:00:00Z') };
  const unitId = telling.applied.units.get('team') ?? 0;
  const effort = await readEffort(db.database.dataSource.manager, { unitId, ...day });
  expect(effort).toMatchObject([
    { organisation: 'Kommunen (oppdiktet)', isOwner: true, acts: 1, taken: 1, minutes: 10, closed: 0, worth: 0 },
    { organisation: 'Sykehuset (oppdiktet)', isOwner: true, acts: 2, taken: 1, minutes: 25, closed: 1, worth: 1 },
  ]);
});

describe('what a step does not have yet cannot be set up', () => {
  const apply = (built: Built) => {
    const applying = {
      code: `too-low-${built.step}`,
      now: new Date('2028-05-01T08:00:00Z'),
      passwordHashOf: () => Promise.resolve(NO_PASSWORD),
    };
    return applyTemplate(db.database.dataSource.manager, communityOn(built), applying);
  };

  test('staff of both before step 3', async () => {
    await expect(apply({ step: 2, isStaffShared: true })).rejects.toThrow(/stand on step 2 .* begins with step 3/);
  });

  test('a joint team before step 4', async () => {
    await expect(apply({ step: 3, hasJointTeam: true })).rejects.toThrow(/stand on step 3 .* begins with step 4/);
  });
});
