import type { Finding, Severity } from '@varde/rules';
import type { Episode } from './episode.js';
import { nextEpisode } from './next-episode.js';
import type { FindingStep, Step, Transition } from './step.js';

const [NORA, PIA, LISE] = [7, 8, 20];
const [NORTH, CLINIC, GP, SOUTH] = [3, 5, 6, 9];
const at = (text: string): Date => {
  const [hour = 0, minute = 0] = text.split(':').map(Number);
  return new Date(Date.parse('2026-01-15T00:00:00Z') + (hour * 60 + minute) * 60_000);
};
const words = (text: string) => ({ nb: text, en: text });

function finding(time: string, severity: Severity = 'red', ruleId = 'copd.spo2.below_target'): FindingStep {
  const seen: Finding = {
    ...{ ruleId, ruleVersion: 1, domain: 'respiratory', result: 'fire', severity, anchor: `t:${time}`, at: at(time), receivedAt: at(time) },
    ...{ readingIds: [1], limits: [], reason: words('low'), pendingUntil: null, superseded: false },
  };
  const placement = { ownerUnitId: NORTH, pathwayId: 1, pathwayVersion: 1, reason: words('first') };
  return { kind: 'finding', at: at(time), patientId: 11, finding: seen, severity, reason: seen.reason, placement, quiet: null };
}
const offer = (time: string, given: Partial<Extract<Step, { kind: 'offer' }>> = {}): Step => ({
  ...{
    kind: 'offer',
    zone: 'Europe/Oslo',
    at: at(time),
    byPersonId: NORA,
    toUnitId: CLINIC,
    toUnit: 'Lung clinic',
    deadlineAt: at('10:00'),
  },
  ...{ reason: 'needs the clinic', informedUnitIds: [GP] },
  ...given,
});
const accept = (time: string, byPersonId = LISE, unitId = CLINIC): Step => ({
  ...{ kind: 'accept', zone: 'Europe/Oslo', at: at(time), byPersonId, unitId, unit: 'Lung clinic', endsAt: at('15:00') },
});
const decline = (time: string): Step => ({
  kind: 'decline',
  at: at(time),
  byPersonId: LISE,
  unitId: CLINIC,
  unit: 'Lung clinic',
  reason: 'full',
});
const recall = (time: string): Step => ({ kind: 'recall', at: at(time), byPersonId: NORA, reason: 'better' });
const acknowledge = (time: string, byPersonId = NORA, until = '12:00'): Step => ({
  ...{ kind: 'acknowledge', zone: 'Europe/Oslo', at: at(time), byPersonId, endsAt: at(until) },
});
const assign = (time: string, toPersonId = PIA): Step => ({ kind: 'assign', at: at(time), byPersonId: NORA, toPersonId, toName: 'Pia' });
const ask = (time: string, unitId = CLINIC): Step => ({
  ...{
    kind: 'ask_advice',
    zone: 'Europe/Oslo',
    at: at(time),
    byPersonId: NORA,
    unitId,
    unit: 'Lung clinic',
    question: 'more oxygen?',
    deadlineAt: at('11:00'),
  },
});
const advise = (time: string, number = 1, unitId = CLINIC): Step => ({
  ...{ kind: 'give_advice', at: at(time), byPersonId: LISE, unitId, unit: 'Lung clinic', number, answer: 'no, call us' },
});
const move = (time: string, toUnitId: number, away: boolean): Step => ({
  ...{ kind: 'move', at: at(time), byPersonId: NORA, toUnitId, toUnit: 'South', reason: 'has moved', away },
});
const close = (time: string, byPersonId = NORA, outcome: 'admitted' | 'seen_by_gp' = 'admitted'): Step => ({
  ...{ kind: 'close', at: at(time), byPersonId, outcome, note: '', secondLook: true },
});
const runOut = (time: string): Step => ({ kind: 'run_out', at: at(time) });

function after(...steps: readonly Step[]): Transition & { readonly episode: Episode } {
  const [first, ...rest] = steps;
  let so = nextEpisode(undefined, first!);
  for (const step of rest) {
    const next = nextEpisode(so.episode, step);
    so = { episode: next.episode, steps: [...so.steps, ...next.steps], notices: [...so.notices, ...next.notices] };
  }
  return so;
}
const kinds = ({ steps }: Transition) => steps.map(({ kind }) => kind).slice(2);
const told = ({ notices }: Transition) => notices.slice(1).map(({ cause, unitId }) => `${cause} ${unitId}`);

describe('an offer', () => {
  test('lets go of nothing: the owner, the ladder and whoever has it stay as they were', () => {
    const before = after(finding('08:00')).episode;
    const story = after(finding('08:00'), offer('08:30'));
    const { offer: waiting, offersMade, version, ...rest } = story.episode;
    expect({ ...rest, offer: null, offersMade: 0, version: 1 }).toEqual(before);
    expect([waiting?.toUnitId, offersMade, version]).toEqual([CLINIC, 1, 2]);
    expect(told(story)).toEqual([`offered ${CLINIC}`]);
  });

  test('is accepted in one step: the owner moves, who accepts has it, and the giver and the informed are told', () => {
    const story = after(finding('08:00'), acknowledge('08:10'), assign('08:20'), offer('08:30'), accept('09:00'));
    expect(story.episode).toMatchObject({
      ...{ ownerUnitId: CLINIC, offer: null, assignedToPersonId: null, followerUnitIds: [NORTH, GP] },
      ...{ acknowledgedByPersonId: LISE, acknowledgedAt: at('09:00'), acknowledgementEndsAt: at('15:00'), nextStepAt: null },
    });
    expect(kinds(story)).toEqual(['acknowledged', 'assigned', 'offered', 'accepted', 'owner_changed']);
    expect(told(story).slice(1)).toEqual([`offered ${CLINIC}`, `accepted ${NORTH}`, `accepted ${GP}`]);
  });

  test('runs out at its deadline, whoever looks: the giver still has it and everybody is told', () => {
    const waits = after(finding('08:00'), offer('08:30')).episode;
    expect(nextEpisode(waits, { kind: 'offer_runs_out', zone: 'Europe/Oslo', at: at('09:59') }).episode).toBe(waits);
    const ran = nextEpisode(waits, { kind: 'offer_runs_out', zone: 'Europe/Oslo', at: at('10:00') });
    expect(ran.episode).toMatchObject({ ownerUnitId: NORTH, offer: null, nextStepAt: waits.nextStepAt });
    expect(ran.notices.map(({ unitId }) => unitId)).toEqual([NORTH, CLINIC, GP]);
  });

  test.each<[string, readonly Step[], readonly string[], readonly string[]]>([
    ['is declined with a reason', [decline('09:00')], ['declined'], [`declined ${NORTH}`, `declined ${GP}`]],
    ['is recalled by the giver', [recall('09:00')], ['recalled'], [`recalled ${CLINIC}`, `recalled ${GP}`]],
    ['ends when the episode does', [close('09:00')], ['closed', 'recalled'], [`closed ${CLINIC}`, `closed ${GP}`]],
  ])('%s', (_, steps, lines, notices) => {
    const story = after(finding('08:00'), offer('08:30'), ...steps);
    expect(story.episode).toMatchObject({ ownerUnitId: NORTH, offer: null });
    expect(kinds(story).slice(1)).toEqual(lines);
    expect(told(story).slice(1)).toEqual(notices);
  });

  test('may be made again, and each one is told apart', () => {
    const story = after(finding('08:00'), offer('08:30'), decline('09:00'), offer('09:10'), accept('09:20'));
    expect(new Set(story.notices.map(({ key }) => key)).size).toBe(story.notices.length);
    expect(story.episode.offersMade).toBe(2);
  });

  test('the giver is told how it ends, also after it has been given on', () => {
    const onward = offer('09:30', { byPersonId: LISE, toUnitId: SOUTH, informedUnitIds: [] });
    const story = after(finding('08:00'), offer('08:30'), accept('09:00'), onward, accept('09:40', PIA, SOUTH), close('09:50', PIA));
    expect(story.episode.followerUnitIds).toEqual([NORTH, CLINIC, GP]);
    expect(told(story).slice(-3)).toEqual([`closed ${NORTH}`, `closed ${CLINIC}`, `closed ${GP}`]);
  });

  const offered = () => after(finding('08:00'), offer('08:30')).episode;
  test.each<[string, () => Episode, Step, RegExp]>([
    ['a second one while one waits', offered, offer('08:40'), /offered to unit 5 already/],
    ['to the owner itself', () => after(finding('08:00')).episode, offer('08:30', { toUnitId: NORTH }), /owns it already/],
    ['that is over before it begins', () => after(finding('08:00')).episode, offer('10:00'), /over already/],
    ['accepted when it has run out, though no clock has been looked at', offered, accept('10:00'), /ran out/],
    ['declined when it has run out', offered, decline('10:01'), /ran out/],
    ['recalled when it has run out', offered, recall('10:01'), /ran out/],
    ['accepted by whoever offered it', offered, accept('09:00', NORA), /cannot accept it/],
    ['accepted for another unit', offered, accept('09:00', PIA, SOUTH), /offered to unit 5/],
    ['accepted when nothing is offered', () => after(finding('08:00')).episode, accept('09:00'), /no offer waits/],
    ['accepted after it was recalled', () => after(finding('08:00'), offer('08:30'), recall('08:40')).episode, accept('09:00'), /no offer/],
    ['recalled after it was accepted', () => after(finding('08:00'), offer('08:30'), accept('08:40')).episode, recall('09:00'), /no offer/],
    ['accepted after closing', () => after(finding('08:00'), offer('08:30'), close('08:40')).episode, accept('09:00'), /closed/],
  ])('is refused: %s', (_, episode, step, because) => {
    expect(() => nextEpisode(episode(), step)).toThrow(because);
  });
});

describe('one person of the owner', () => {
  test('is given it: whoever has it keeps it until they acknowledge, and the ladder runs on', () => {
    const story = after(finding('08:00'), assign('08:10'));
    expect(story.episode).toMatchObject({ assignedToPersonId: PIA, acknowledgedByPersonId: null, nextStepAt: at('08:00') });
    expect(after(finding('08:00'), assign('08:10'), acknowledge('08:20', PIA)).episode.assignedToPersonId).toBe(PIA);
  });

  test.each<[string, readonly Step[], number | null]>([
    ['somebody else takes it', [acknowledge('08:20', NORA)], null],
    ['their acknowledgement runs out', [acknowledge('08:20', PIA, '09:00'), runOut('09:00')], null],
    ['they let go of it', [acknowledge('08:20', PIA), { kind: 'release', at: at('08:30'), byPersonId: PIA, note: '' }], null],
    ['it rises meanwhile', [finding('08:30', 'critical', 'other')], PIA],
  ])('has it given to them until %s', (_, steps, assigned) => {
    expect(after(finding('08:00'), assign('08:10'), ...steps).episode.assignedToPersonId).toBe(assigned);
  });

  test.each<[string, readonly Step[], string, string]>([
    [
      'was given what another has: the other goes on having it',
      [acknowledge('08:05'), assign('08:10')],
      'Den den var tildelt, har sluttet: kontoen er stengt. Den er ikke tildelt noen',
      'Whoever it was given to has left: the account is closed. It is given to nobody',
    ],
    [
      'had what was given to another: it stays given to the other',
      [acknowledge('08:05', PIA), assign('08:10', LISE)],
      'Den som hadde den, har sluttet: kontoen er stengt. Hendelsen er i køen, fortsatt tildelt den samme',
      'Whoever had it has left: the account is closed. The episode is in the queue, still given to the same person',
    ],
    [
      'had what was given to them',
      [assign('08:05'), acknowledge('08:10', PIA)],
      'Den som hadde den, har sluttet: kontoen er stengt. Hendelsen er i køen og ikke tildelt noen',
      'Whoever had it has left: the account is closed. The episode is in the queue and given to nobody',
    ],
  ])('leaves, and the history says what became of it: who %s', (_, steps, nb, en) => {
    const before = after(finding('08:00'), ...steps).episode;
    const left = nextEpisode(before, { kind: 'leave', at: at('09:00'), byPersonId: PIA });
    expect(left.steps).toMatchObject([{ byPersonId: null, reason: { nb, en } }]);
    const { acknowledgedByPersonId, assignedToPersonId } = left.episode;
    expect([acknowledgedByPersonId, assignedToPersonId]).toEqual(
      [before.acknowledgedByPersonId, before.assignedToPersonId].map((id) => (id === PIA ? null : id)),
    );
  });

  test('is not given what they have', () => {
    expect(() => after(finding('08:00'), acknowledge('08:05', PIA), assign('08:10'))).toThrow(/has it already/);
    expect(() => after(finding('08:00'), assign('08:05'), assign('08:10'))).toThrow(/given to the person already/);
  });
});

describe('a consultation', () => {
  test('moves nothing but the question: asked, answered, both told', () => {
    const story = after(finding('08:00'), acknowledge('08:10'), ask('08:30'), ask('08:31', GP), advise('09:00'));
    expect(story.episode).toMatchObject({ ownerUnitId: NORTH, acknowledgedByPersonId: NORA, consultationsAsked: 2 });
    expect(story.episode.consultations.map(({ number, unitId }) => [number, unitId])).toEqual([[2, GP]]);
    expect(told(story)).toEqual([`advice_asked ${CLINIC}`, `advice_asked ${GP}`, `advice_given ${NORTH}`]);
  });

  test('runs out one by one, and both sides are told', () => {
    const asked = after(finding('08:00'), ask('08:30')).episode;
    expect(nextEpisode(asked, { kind: 'advice_runs_out', zone: 'Europe/Oslo', at: at('10:59') }).episode).toBe(asked);
    const ran = nextEpisode(asked, { kind: 'advice_runs_out', zone: 'Europe/Oslo', at: at('11:00') });
    expect(ran.episode.consultations).toEqual([]);
    expect(ran.notices.map(({ cause, unitId }) => `${cause} ${unitId}`)).toEqual([`advice_ran_out ${NORTH}`, `advice_ran_out ${CLINIC}`]);
  });

  test('ends with the episode, and when the unit that was asked becomes the owner', () => {
    const closed = after(finding('08:00'), ask('08:30'), close('09:00'));
    expect(kinds(closed)).toEqual(['advice_asked', 'closed', 'advice_ended']);
    expect(told(closed)).toEqual([`advice_asked ${CLINIC}`, `closed ${CLINIC}`]);
    const owned = after(finding('08:00'), ask('08:30'), offer('08:40'), accept('09:00'));
    expect(owned.episode.consultations).toEqual([]);
    expect(kinds(owned)).toEqual(['advice_asked', 'offered', 'accepted', 'owner_changed', 'advice_ended']);
  });

  test.each<[string, readonly Step[], RegExp]>([
    ['of the owner', [ask('08:30', NORTH)], /owns it itself/],
    ['twice of the same unit', [ask('08:30'), ask('08:31')], /been asked already/],
    ['without time to answer', [ask('11:00')], /over already/],
    ['by a unit that was not asked', [ask('08:30'), advise('09:00', 1, GP)], /another unit/],
    ['of a question that has been answered', [ask('08:30'), advise('09:00'), advise('09:01')], /does not wait/],
  ])('is refused: %s', (_, steps, because) => {
    expect(() => after(finding('08:00'), ...steps)).toThrow(because);
  });
});

describe('moving without an offer', () => {
  test('puts it into the new owner’s queue with the ladder begun anew; both sides are told', () => {
    const story = after(finding('08:00'), acknowledge('08:10'), assign('08:11'), move('09:00', SOUTH, false));
    expect(story.episode).toMatchObject({
      ...{ ownerUnitId: SOUTH, acknowledgedByPersonId: null, assignedToPersonId: null, followerUnitIds: [NORTH] },
      ...{ ladderStartedAt: at('09:00'), ladderStepsTaken: 0, nextStepAt: at('09:00') },
    });
    expect(told(story).slice(1)).toEqual([`owner_changed ${SOUTH}`, `owner_changed ${NORTH}`]);
  });

  test('away to another municipality also ends what waits for an answer, even if the owner stays', () => {
    const story = after(finding('08:00'), acknowledge('08:10'), offer('08:30'), ask('08:31', GP), move('09:00', NORTH, true));
    expect(story.episode).toMatchObject({ ownerUnitId: NORTH, acknowledgedByPersonId: NORA, offer: null, consultations: [] });
    expect(kinds(story).slice(3)).toEqual(['owner_changed', 'recalled', 'advice_ended']);
    expect(told(story).slice(2)).toEqual([NORTH, CLINIC, GP].map((unitId) => `owner_changed ${unitId}`));
  });

  test('to the owner itself is refused', () => {
    expect(() => after(finding('08:00'), move('09:00', NORTH, false))).toThrow(/owns it already/);
  });
});

describe('what has been critical', () => {
  const proposed = () => after(finding('08:00', 'critical'), acknowledge('08:05'), close('08:30'));

  test('is only proposed closed by the first: it stays open, with its owner, and theirs for a day at most', () => {
    const { episode } = proposed();
    expect(episode).toMatchObject({ closedAt: null, ownerUnitId: NORTH, acknowledgedByPersonId: NORA, acknowledgementEndsAt: at('32:30') });
    expect(told(proposed())).toEqual([`close_proposed ${NORTH}`]);
    expect(() => nextEpisode(episode, close('08:31'))).toThrow(/second person/);
  });

  test('is closed by a second who says the same; one who says otherwise proposes anew', () => {
    expect(nextEpisode(proposed().episode, close('08:40', PIA)).episode).toMatchObject({ closedByPersonId: PIA, outcome: 'admitted' });
    const other = nextEpisode(proposed().episode, close('08:40', PIA, 'seen_by_gp')).episode;
    expect(other).toMatchObject({ closedAt: null, closeProposed: { byPersonId: PIA, outcome: 'seen_by_gp' } });
    expect(nextEpisode(other, close('08:50', NORA, 'seen_by_gp')).episode.closedAt).toEqual(at('08:50'));
  });

  test.each<[string, Step, boolean]>([
    ['something red is found', finding('09:00', 'red', 'other'), false],
    ['only something yellow is found', finding('09:00', 'yellow', 'other'), true],
    ['its time runs out', runOut('32:30'), true],
  ])('%s meanwhile', (_, step, isStillProposed) => {
    const { episode } = nextEpisode(proposed().episode, step);
    expect(episode.closeProposed !== null).toBe(isStillProposed);
    expect(episode.acknowledgedAt === null).toBe(step.kind !== 'finding' || !isStillProposed);
  });

  test('asks for a second look also after it has fallen, but not in acts from before it was asked for', () => {
    const fallen = after(finding('08:00', 'critical'), finding('08:01', 'red', 'other'), acknowledge('08:05'), {
      ...{ kind: 'cleared', at: at('08:10'), ruleId: 'copd.spo2.below_target', observedAt: at('08:10'), reason: words('fine') },
    });
    expect(nextEpisode(fallen.episode, close('08:30')).episode.closedAt).toBeNull();
    const before = { ...close('08:30'), secondLook: undefined } as unknown as Step;
    expect(nextEpisode(fallen.episode, before).episode.closedAt).toEqual(at('08:30'));
  });
});
