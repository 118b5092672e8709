// The story of staircase.e2e.spec.ts as the pure libraries tell it: what follows from one setting, the step, and nothing else.
import { nextEpisode, type Episode, type PersonStep, type Step, type Transition } from '@varde/alerts';
import { may, unitsStep, wayOver, type Cooperation, type StaircaseStep } from '@varde/routing';
import type { Finding } from '@varde/rules';

const [MUNICIPALITY, HOSPITAL] = [1, 2];
const [DHO, CLINIC, TEAM] = [11, 12, 13];
const NAMES: Readonly<Record<number, string>> = { [DHO]: 'dho', [CLINIC]: 'clinic', [TEAM]: 'team' };
const OWNED: Readonly<Record<number, readonly number[]>> = {
  [DHO]: [MUNICIPALITY],
  [CLINIC]: [HOSPITAL],
  [TEAM]: [MUNICIPALITY, HOSPITAL],
};
/** Employed by the municipality and by the hospital. */
const [NINA, LUKAS] = [21, 22];

const at = (minute: number): Date => new Date(Date.parse('2028-05-09T08:00:00Z') + minute * 60_000);
const words = { nb: 'lav', en: 'low' };
const found: Finding = {
  ...{ ruleId: 'copd.spo2.below_target', ruleVersion: 1, domain: 'respiratory', result: 'fire', severity: 'red', anchor: 'm:1' },
  ...{ at: at(0), receivedAt: at(0), readingIds: [1], limits: [], reason: words, pendingUntil: null, superseded: false },
};

/** The municipality wants the clinic in it: by the lightest way that the step between owner and clinic has. */
function tell(step: StaircaseStep, programmes: readonly string[]): string[] {
  const pair: Cooperation = { organisationIds: [MUNICIPALITY, HOSPITAL], step, programme: step === 5 ? 'copd' : null };
  const between = (a: number, b: number): StaircaseStep =>
    unitsStep({ cooperations: [pair] }, { organisationIds: OWNED[a] ?? [] }, { organisationIds: OWNED[b] ?? [] }, programmes);
  const allows = (behaviour: Parameters<typeof may>[1]): boolean => may(between(DHO, CLINIC), behaviour).isAllowed;
  // A joint unit is built on the step that has it; from step 5 nobody needs one.
  const first = allows('own_jointly') && !allows('act_for_each_other') ? TEAM : DHO;
  const placement = { ownerUnitId: first, pathwayId: 1, pathwayVersion: 1, reason: words };
  const told: string[] = [];
  let episode: Episode | undefined;
  const take = (next: Step): void => {
    const so: Transition = nextEpisode(episode, next);
    episode = so.episode;
    told.push(
      ...so.steps.map(({ kind, byPersonId }) => `${kind}${byPersonId === null ? '' : byPersonId === NINA ? ' by Nina' : ' by Lukas'}`),
    );
    told.push(...so.notices.map(({ cause, unitId }) => `  ${cause} told to ${NAMES[unitId]}`));
  };
  take({ kind: 'finding', at: at(0), patientId: 1, finding: found, severity: 'red', reason: words, placement, quiet: null });
  const by = (byPersonId: number, minute: number) => ({ byPersonId, at: at(minute), zone: 'Europe/Oslo' });
  const clinic = { unitId: CLINIC, unit: 'clinic' };
  const acts = ((): PersonStep[] => {
    if (first === TEAM || allows('act_for_each_other')) return [{ kind: 'acknowledge', ...by(LUKAS, 10), endsAt: at(130) }];
    // Shared staff: the hospital's own works for the municipality's unit and is one of its people.
    if (allows('share_staff')) return [{ kind: 'acknowledge', ...by(LUKAS, 10), endsAt: at(130) }];
    const taken: PersonStep = { kind: 'acknowledge', ...by(NINA, 5), endsAt: at(125) };
    if (allows('ask_advice')) {
      const asked = { kind: 'ask_advice' as const, ...clinic, question: 'more?', deadlineAt: at(70) };
      return [taken, { ...asked, ...by(NINA, 10) }, { kind: 'give_advice', ...by(LUKAS, 20), ...clinic, number: 1, answer: 'yes' }];
    }
    const offered = { toUnitId: CLINIC, toUnit: 'clinic', deadlineAt: at(40), reason: 'needs the clinic', informedUnitIds: [] };
    return [taken, { kind: 'offer', ...by(NINA, 10), ...offered }, { kind: 'accept', ...by(LUKAS, 20), ...clinic, endsAt: at(140) }];
  })();
  for (const act of acts) take(act);
  told.push(`owner ${NAMES[episode?.ownerUnitId ?? 0]}; to the clinic by ${wayOver(between(episode?.ownerUnitId ?? DHO, CLINIC)).way}`);
  return told;
}

const OPENED = (owner: string): string[] => ['opened', 'finding', `  opened told to ${owner}`];

test.each<{ step: StaircaseStep; programmes: string[]; course: string[] }>([
  {
    step: 1,
    programmes: ['copd'],
    course: [
      ...OPENED('dho'),
      'acknowledged by Nina',
      ...['offered by Nina', '  offered told to clinic'],
      ...['accepted by Lukas', 'owner_changed by Lukas', '  accepted told to dho'],
      'owner clinic; to the clinic by move',
    ],
  },
  {
    step: 2,
    programmes: ['copd'],
    course: [
      ...OPENED('dho'),
      'acknowledged by Nina',
      ...['advice_asked by Nina', '  advice_asked told to clinic'],
      ...['advice_given by Lukas', '  advice_given told to dho'],
      'owner dho; to the clinic by offer',
    ],
  },
  { step: 3, programmes: ['copd'], course: [...OPENED('dho'), 'acknowledged by Lukas', 'owner dho; to the clinic by offer'] },
  { step: 4, programmes: ['copd'], course: [...OPENED('team'), 'acknowledged by Lukas', 'owner team; to the clinic by move'] },
  { step: 5, programmes: ['copd'], course: [...OPENED('dho'), 'acknowledged by Lukas', 'owner dho; to the clinic by move'] },
  { step: 5, programmes: ['hf'], course: [...OPENED('team'), 'acknowledged by Lukas', 'owner team; to the clinic by move'] },
  { step: 6, programmes: ['hf'], course: [...OPENED('dho'), 'acknowledged by Lukas', 'owner dho; to the clinic by move'] },
])('step $step for somebody with $programmes', ({ step, programmes, course }) => {
  expect(tell(step, programmes)).toEqual(course);
});
