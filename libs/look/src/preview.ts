import { gravestOf, worst } from '@varde/alerts';
import { localDay } from '@varde/plans';
import { hasFired, SEVERITIES, type Domain, type Severity, type Words } from '@varde/rules';
import { asThen, STANDARD_PEOPLE, standardPeople, type RecordedAct } from './people.js';
import { isInside, type Period } from './period.js';
import { knownEpisodes, newEpisodes, type FateOfKnown, type KnownEpisode, type NewEpisode } from './preview-episodes.js';
import { withChanges, type ProposedChange } from './proposed-change.js';
import { rehearse, type Rehearsed, type RehearsalInput } from './rehearse.js';

/** What a preview of one patient goes by: everything a rehearsal needs, and what really happened. */
export interface PreviewInput extends Omit<RehearsalInput, 'people' | 'onLook' | 'to' | 'from'> {
  readonly changes: readonly ProposedChange[];
  /** The period that is told of, local days that end with `to`. */
  readonly from: Date;
  readonly to: Date;
  /** Episodes as they were stored, of the period and of the days before it. */
  readonly known: readonly KnownEpisode[];
  /** What people did to them. */
  readonly acts: readonly RecordedAct[];
}

/** Findings, items and messages of a period. */
export interface Amounts {
  /** Rules that fired, those of the clock among them. */
  readonly findings: number;
  /** Episodes that opened or came back: items on the worklist. */
  readonly episodes: number;
  readonly notices: number;
  /** What the patient would have been told or asked at home. */
  readonly advice: number;
  readonly episodesPerWeek: number;
  readonly noticesPerWeek: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** Local days on which some rule could not be judged. */
  readonly notEvaluableDays: number;
}

/** Worst of what was found of a day; `none`: nothing fired. */
export type Colour = Severity | 'none';

/** A local day that would have had another colour. */
export interface ChangedDay {
  readonly day: string;
  readonly before: Colour;
  readonly after: Colour;
  /** What is found on one side only, the gravest first. */
  readonly because: readonly Words[];
}

/** What a change would have done to one patient. */
export interface Preview {
  readonly patientId: number;
  readonly from: Date;
  readonly to: Date;
  readonly days: number;
  /** Days on which anything at all was measured or answered. */
  readonly measuredDays: number;
  readonly before: Amounts;
  readonly after: Amounts;
  readonly changedDays: readonly ChangedDay[];
  readonly known: readonly FateOfKnown[];
  readonly new: readonly NewEpisode[];
  /** Whether the rehearsal of the plan as it is comes to the stored episodes: of how many it finds how many at the same minute. */
  readonly faithful: { readonly stored: number; readonly same: number };
  /** What people are taken to have done. */
  readonly people: Words;
  readonly looks: number;
}

/** Days a preview shows when nobody says otherwise, and the most it shows. */
export const PREVIEW_DAYS = 90;

/** A change that makes the looks at a patient fail, where those without it do not. */
export class ChangeNotJudged extends Error {
  override readonly name = 'ChangeNotJudged';
}

const DAY_MS = 86_400_000;
/** Looks before the period, so that what stood at its beginning stands in the rehearsal too. */
export const WARM_UP_DAYS = 14;

const PEOPLE: Words = {
  nb: `Hendelser som fantes: det folk gjorde. ${STANDARD_PEOPLE.nb}`,
  en: `Episodes that there were: what people did. ${STANDARD_PEOPLE.en}`,
};

/**
 * What a change would have done: the same rehearsal twice, with the plan as it was and as it would have been, over the stored history.
 * `readings` reach back before the warm-up as far as a rolling baseline does, `dailyMedians` say what was before them; `episodes` and
 * `recorded` are left to the rehearsal: what was closed before the warm-up began.
 * @throws what `look` throws; ChangeNotJudged when it throws with the change only
 */
export function preview(input: PreviewInput): Preview {
  const { agreement, changes, from, to, known, acts, episodes } = input;
  const begin = new Date(from.getTime() - WARM_UP_DAYS * DAY_MS);
  const people = asThen(known, acts, standardPeople);
  const run = (plan: RehearsalInput['agreement']['plan']): Rehearsed =>
    rehearse({ ...input, episodes, agreement: { ...agreement, plan }, from: begin, to, people });
  const before = run(agreement.plan);
  const after = withTheChange(() => run(withChanges(agreement.plan, changes)));
  const period = { from, to, zone: agreement.plan.zone };
  const [colours, proposed] = [coloursOf(before, period), coloursOf(after, period)];
  const days = Math.max(1, Math.round((to.getTime() - from.getTime()) / DAY_MS));
  const fates = knownEpisodes(known, { before, after }, period);
  return {
    patientId: agreement.plan.patientId,
    from,
    to,
    days,
    measuredDays: measuredDays(input, period),
    before: amountsOf(before, period, days),
    after: amountsOf(after, period, days),
    changedDays: changedDays(colours, proposed),
    known: fates.known,
    new: newEpisodes({ before, after }, period),
    faithful: fates.faithful,
    people: PEOPLE,
    looks: before.looks + after.looks,
  };
}

function withTheChange(run: () => Rehearsed): Rehearsed {
  try {
    return run();
  } catch (error) {
    throw new ChangeNotJudged(`with this change the patient could not be judged: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

/** A period of one patient in local days. */
interface LocalPeriod extends Period {
  readonly zone: string;
}

function measuredDays({ readings, answers }: PreviewInput, period: LocalPeriod): number {
  const days = new Set<string>();
  for (const { observedAt, doubt } of readings) {
    if (doubt === null && isInside(observedAt, period)) days.add(localDay(period.zone, observedAt));
  }
  for (const { observedAt } of answers) if (isInside(observedAt, period)) days.add(localDay(period.zone, observedAt));
  return days.size;
}

function amountsOf({ findings, episodes, questions }: Rehearsed, period: LocalPeriod, days: number): Amounts {
  const inside = findings.filter(({ judgedAt }) => isInside(judgedAt, period)).map(({ finding }) => finding);
  const begun = episodes.flatMap(({ episode, steps }) =>
    steps.filter(({ kind, at }) => (kind === 'opened' || kind === 'relapsed') && isInside(at, period)).map(() => gravestOf(episode)),
  );
  const notices = episodes.flatMap((episode) => episode.notices).filter(({ at }) => isInside(at, period)).length;
  const told = episodes.flatMap(({ steps }) => steps).filter(({ kind, at }) => kind === 'told_patient' && isInside(at, period)).length;
  const asked = questions.filter(({ at }) => isInside(at, period)).length;
  const unjudged = new Set(inside.filter(({ result }) => result === 'not_evaluable').map(({ at }) => localDay(period.zone, at)));
  const perWeek = (count: number): number => Math.round((count / days) * 700) / 100;
  return {
    findings: inside.filter(({ result }) => hasFired(result)).length,
    episodes: begun.length,
    notices,
    advice: told + asked,
    episodesPerWeek: perWeek(begun.length),
    noticesPerWeek: perWeek(notices),
    bySeverity: countBySeverity(begun),
    notEvaluableDays: unjudged.size,
  };
}

function countBySeverity(severities: readonly Severity[]): Readonly<Record<Severity, number>> {
  const counts = { info: 0, yellow: 0, red: 0, critical: 0 };
  for (const severity of severities) counts[severity]++;
  return counts;
}

/** Worst finding of a day, and each of them by what it hangs on. */
interface DayFound {
  readonly colour: Colour;
  readonly said: ReadonlyMap<string, { readonly severity: Severity; readonly domain: Domain; readonly reason: Words }>;
}

function coloursOf({ findings }: Rehearsed, period: LocalPeriod): ReadonlyMap<string, DayFound> {
  const days = new Map<string, DayFound>();
  for (const { finding } of findings) {
    if (!hasFired(finding.result) || !isInside(finding.at, period)) continue;
    const { severity, domain, reason } = finding;
    const day = localDay(period.zone, finding.at);
    const known = days.get(day);
    const said = new Map(known?.said).set(`${finding.ruleId} ${finding.anchor}`, { severity, domain, reason });
    days.set(day, { colour: graver(known?.colour ?? 'none', severity), said });
  }
  return days;
}

function graver(colour: Colour, severity: Severity): Colour {
  return colour === 'none' ? severity : worst(severity, colour);
}

function changedDays(before: ReadonlyMap<string, DayFound>, after: ReadonlyMap<string, DayFound>): ChangedDay[] {
  const days = [...new Set([...before.keys(), ...after.keys()])].sort();
  return days.flatMap((day) => {
    const [was, is] = [before.get(day), after.get(day)];
    const [from, to] = [was?.colour ?? 'none', is?.colour ?? 'none'];
    return from === to ? [] : [{ day, before: from, after: to, because: onOneSide(was, is) }];
  });
}

function onOneSide(was: DayFound | undefined, is: DayFound | undefined): Words[] {
  const only = (a: DayFound | undefined, b: DayFound | undefined, words: Words): { severity: Severity; words: Words }[] =>
    [...(a?.said ?? [])]
      .filter(([key, { severity }]) => b?.said.get(key)?.severity !== severity)
      .map(([, { severity, reason }]) => ({
        severity,
        words: { nb: `${words.nb}: ${reason.nb}`, en: `${words.en}: ${reason.en}` },
      }));
  return [...only(was, is, { nb: 'Faller bort', en: 'No longer found' }), ...only(is, was, { nb: 'Kommer til', en: 'Found as well' })]
    .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
    .map(({ words }) => words);
}
