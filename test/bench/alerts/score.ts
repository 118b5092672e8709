import type { RecordedFinding } from '@varde/rules';
import type { SimulatedHome } from './home.js';
import type { Item, Ours } from './judged.js';
import { EMERGENCY, YEAR_DAYS } from './assumptions.js';
import { DAY_MS, YEAR_FROM_MS, YEAR_TO_MS } from './person.js';
import { isTrueEvent, type Spell } from './spells.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** What one way of judging gave one patient in a year. */
export interface Way {
  readonly items: number;
  readonly trueItems: number;
  /** Days with an item; of ours also those on which an episode is open whose values are not normal again. */
  readonly flaggedDays: number;
  /** By exacerbation: hours from the first item to the worst of it (negative: after); null: none while it lasted. */
  readonly leadHours: readonly (number | null)[];
  /** The same for decompensations. */
  readonly decompensationLeadHours: readonly (number | null)[];
}

/** What is counted of one patient; plain data, sent between threads. */
export interface PatientScore {
  readonly fixed: Way;
  readonly fixedAndAnswers: Way;
  readonly ours: Way;
  /** Days on which a clinical rule fired, told or not: the colour of the day, as United4Health counts it (README 2.2). */
  readonly colouredDays: number;
  readonly silenceItems: number;
  readonly yellowItems: number;
  readonly redItems: number;
  readonly trueRedItems: number;
  /** Exacerbations during which an episode that was open before them took a finding, without a new item. */
  readonly takenInSilence: number;
  /** First breaches our clinical rules found, and what became of them. */
  readonly rawBreaches: number;
  readonly settledByRemeasure: number;
  readonly grouped: number;
  /** By emergency: minutes from the first measurement of it to the nurse being told; null: never told anew. */
  readonly emergencyDelaysMin: readonly (number | null)[];
  /** Of those never told anew: a critical episode was open already. */
  readonly knownCritical: number;
  /** Of those told late or not anew: their saturation lies where a red limit waits to be measured again. */
  readonly lateInWait: number;
  readonly asked: number;
  readonly followed: number;
  readonly looks: number;
}

const weeks = YEAR_DAYS / 7;
/** Patient-weeks of a year as it is simulated. */
export const WEEKS_PER_YEAR = weeks;

/** Counts what our rules and fixed limits gave one patient. */
export function scoreOf(home: SimulatedHome, ours: Ours, fixed: readonly number[], answers: readonly number[]): PatientScore {
  const { spells } = home.person;
  const clinical = ours.items.filter(({ isClinical }) => isClinical);
  const clinicalTimes = clinical.map(({ atMs }) => atMs);
  const reds = ours.items.filter(({ severity }) => severity === 'red' || severity === 'critical');
  const oursWay = wayOf(spells, clinicalTimes, openDays(ours));
  return {
    fixed: wayOf(spells, fixed, daysOf(fixed)),
    fixedAndAnswers: wayOf(spells, [...fixed, ...answers], daysOf([...fixed, ...answers])),
    ours: { ...oursWay, items: ours.items.length },
    colouredDays: colouredDays(ours),
    silenceItems: ours.items.length - clinical.length,
    yellowItems: ours.items.length - reds.length,
    redItems: reds.length,
    trueRedItems: reds.filter(({ atMs }) => isTrue(spells, atMs)).length,
    takenInSilence: takenInSilence(spells, clinicalTimes, ours),
    ...breachesOf(ours),
    ...emergenciesOf(home, ours.items, ours),
    asked: home.asked,
    followed: home.followed,
    looks: ours.rehearsed.looks,
  };
}

function isTrue(spells: readonly Spell[], atMs: number): boolean {
  return spells.some((spell) => isTrueEvent(spell, atMs));
}

function wayOf(spells: readonly Spell[], items: readonly number[], flagged: ReadonlySet<number>): Way {
  return {
    items: items.length,
    trueItems: items.filter((atMs) => isTrue(spells, atMs)).length,
    flaggedDays: flagged.size,
    leadHours: leads(spells, items, 'exacerbation'),
    decompensationLeadHours: leads(spells, items, 'decompensation'),
  };
}

/** Events that lie inside the year with all of their rise. An item counts from the onset until recovery begins: later is too late to help. */
function judgedEvents(spells: readonly Spell[], kind: Spell['kind']): Spell[] {
  return spells.filter((spell) => spell.kind === kind && spell.onsetMs >= YEAR_FROM_MS && spell.recoversMs < YEAR_TO_MS);
}

function leads(spells: readonly Spell[], items: readonly number[], kind: Spell['kind']): (number | null)[] {
  return judgedEvents(spells, kind).map(({ onsetMs, peakMs, recoversMs }) => {
    const first = Math.min(...items.filter((atMs) => atMs >= onsetMs && atMs < recoversMs));
    return Number.isFinite(first) ? (peakMs - first) / HOUR_MS : null;
  });
}

function takenInSilence(spells: readonly Spell[], items: readonly number[], { rehearsed }: Ours): number {
  return judgedEvents(spells, 'exacerbation').filter(({ onsetMs, recoversMs }) => {
    const isInside = (atMs: number): boolean => atMs >= onsetMs && atMs < recoversMs;
    if (items.some(isInside)) return false;
    return rehearsed.episodes.some(
      ({ episode, findings }) => episode.openedAt.getTime() < onsetMs && findings.some(({ at }) => isInside(at.getTime())),
    );
  }).length;
}

const dayOf = (atMs: number): number => Math.floor((atMs - YEAR_FROM_MS) / DAY_MS);

function daysOf(items: readonly number[]): Set<number> {
  return new Set(items.map(dayOf));
}

/** Days on which a clinical episode, yellow or graver, is open and its values are not normal again. */
function openDays({ items, rehearsed }: Ours): Set<number> {
  const days = daysOf(items.filter(({ isClinical }) => isClinical).map(({ atMs }) => atMs));
  for (const { episode } of rehearsed.episodes) {
    if (episode.severity === 'info' || episode.domains.every((domain) => domain === 'silence' || domain === 'technical')) continue;
    const endMs = Math.min(episode.clearedAt?.getTime() ?? YEAR_TO_MS, episode.closedAt?.getTime() ?? YEAR_TO_MS, YEAR_TO_MS - 1);
    for (let day = dayOf(episode.openedAt.getTime()); day <= dayOf(endMs); day++) days.add(day);
  }
  return days;
}

function colouredDays({ rehearsed }: Ours): number {
  const fired = rehearsed.findings.filter(
    ({ finding: { result, severity, domain } }) =>
      (result === 'fire' || result === 'fire_unconfirmed') && severity !== 'info' && domain !== 'silence' && domain !== 'technical',
  );
  return daysOf(fired.map(({ judgedAt }) => judgedAt.getTime())).size;
}

const isSettled = (results: ReadonlySet<RecordedFinding['result']>): boolean => results.has('not_confirmed') && !results.has('fire');

/** Each first breach of a clinical rule once: settled by measuring again, taken into an episode without a new item, or an item. */
function breachesOf({ items, rehearsed }: Ours): Pick<PatientScore, 'rawBreaches' | 'settledByRemeasure' | 'grouped'> {
  const breaches = new Map<string, Set<RecordedFinding['result']>>();
  for (const { finding } of rehearsed.findings) {
    const { ruleId, anchor, result, domain, severity } = finding;
    if (result === 'not_evaluable' || severity === 'info' || domain === 'silence' || domain === 'technical') continue;
    const key = `${ruleId} ${anchor}`;
    const known = breaches.get(key);
    if (known === undefined) breaches.set(key, new Set([result]));
    else known.add(result);
  }
  const settledByRemeasure = [...breaches.values()].filter(isSettled).length;
  const clinical = items.filter(({ isClinical }) => isClinical).length;
  return { rawBreaches: breaches.size, settledByRemeasure, grouped: breaches.size - settledByRemeasure - clinical };
}

function emergenciesOf(
  home: SimulatedHome,
  items: readonly Item[],
  { rehearsed }: Ours,
): Pick<PatientScore, 'emergencyDelaysMin' | 'knownCritical' | 'lateInWait'> {
  const delays: (number | null)[] = [];
  let knownCritical = 0;
  let lateInWait = 0;
  for (const { kind, onsetMs, endMs, spo2 } of home.person.spells) {
    const toldMs = home.firstToldMs.get(onsetMs);
    if (kind !== 'emergency' || toldMs === undefined || toldMs < YEAR_FROM_MS) continue;
    // The morning's own measurement can fall into an emergency before the one that is taken because of it.
    const first = Math.min(
      ...items.filter(({ atMs, severity }) => atMs >= onsetMs && atMs < endMs && severity !== 'yellow').map(({ atMs }) => atMs),
    );
    const isTold = Number.isFinite(first);
    const delayMin = isTold ? Math.max(0, first - toldMs) / MINUTE_MS : null;
    delays.push(delayMin);
    if (isLate(delayMin) && (spo2 ?? 0) >= EMERGENCY.waitsFrom) lateInWait++;
    const wasOpen = rehearsed.episodes.some(
      ({ episode: { openedAt, closedAt, severity } }) =>
        severity === 'critical' && openedAt.getTime() < toldMs && (closedAt === null || closedAt.getTime() > toldMs),
    );
    if (!isTold && wasOpen) knownCritical++;
  }
  return { emergencyDelaysMin: delays, knownCritical, lateInWait };
}

/** Issue 3: "no simulated emergency delayed more than 10 minutes". */
export function isLate(delayMin: number | null): boolean {
  return delayMin === null || delayMin > 10;
}
