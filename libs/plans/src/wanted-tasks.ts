import type { CarePlan, PersonalLimit, Reference } from './care-plan.js';
import { DIURESIS_DAYS, MOVED_BY, RATE_RULES, isFrailOrOld, pulse } from './conflict-resolution.js';
import { effectiveLimit } from './effective-limit.js';
import { isValid, ofPersonal, personalLimitAt, type LimitCandidate } from './limit-candidate.js';
import { comma, type LimitRange } from './limit.js';
import { NEEDS } from './need.js';
import { isRunning } from './period.js';
import { pressureWeekMoments, pressureWeekTasks } from './pressure-week.js';
import { programmesInForce, rulesFor, steppingBack, type ProgrammeEntry } from './programme.js';
import { REFERENCES, referenceAt, reviewDueAt, roleFor } from './reference.js';
import { isSwitchedOn } from './rule-in-force.js';
import type { TaskDraft } from './task.js';

const DAY_MS = 86_400_000;
/** A reference that ends is told of this long before. */
const REFERENCE_ENDING_MS = 14 * DAY_MS;
/** A temporary limit that ends is told of a quarter of its time before, at most this long; and this long after. */
const LIMIT_ENDING_MS = 7 * DAY_MS;
const LIMIT_ENDED_MS = 7 * DAY_MS;

/** A rule as tasks name it. */
interface TaskRule {
  readonly title: TaskDraft['reason'];
  readonly ranges: readonly LimitRange[];
  /** On by default. */
  readonly inForce: boolean;
}

/** What the catalogue says that tasks are made from. */
export interface TaskSource {
  readonly programmes: readonly ProgrammeEntry[];
  /** What is known of a rule, by rule id. */
  readonly entries: ReadonlyMap<string, TaskRule>;
}

/**
 * Tasks that follow from the plan alone at a time: what a programme needs and nobody has recorded, references to be reviewed or about to
 * end, temporary limits about to end or just ended, and limits that nobody but a physician can settle. By key, so in a steady order.
 */
export function tasksOf(plan: CarePlan, source: TaskSource, now: Date): readonly TaskDraft[] {
  if (plan.enrolments.length === 0) return [];
  const tasks = [
    ...missing(plan, source, now),
    ...plan.references.flatMap((each) => referenceTasks(plan, each, now)),
    ...plan.limits.flatMap((each) => limitTasks(plan, each, now)),
    ...conflicts(plan, source, now),
    ...pressureWeekTasks(plan, now),
  ];
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** When the tasks of a plan, the limits in force, or the days to measure on may next change by the clock alone; null: not by themselves. */
export function nextPlanChangeAt(plan: CarePlan, now: Date): Date | null {
  const moments: (number | null)[] = [...pressureWeekMoments(plan)];
  for (const { from, to } of plan.enrolments) moments.push(from.getTime(), to?.getTime() ?? null);
  for (const { validFrom, validTo } of [...plan.unitLimits, ...(plan.ruleSwitches ?? []), ...(plan.measuringDays ?? [])]) {
    moments.push(validFrom.getTime(), validTo?.getTime() ?? null);
  }
  for (const reference of plan.references) {
    const { key, validFrom, validTo } = reference;
    moments.push(validFrom.getTime(), reviewDueAt(reference)?.getTime() ?? null);
    if (validTo !== null) moments.push(validTo.getTime() - REFERENCE_ENDING_MS, validTo.getTime());
    if (key === 'planned-diuresis') moments.push(validFrom.getTime() + DIURESIS_DAYS * DAY_MS);
  }
  for (const limit of plan.limits) {
    moments.push(limit.validFrom.getTime());
    if (limit.validTo !== null) moments.push(endingFromMs(limit), limit.validTo.getTime(), limit.validTo.getTime() + LIMIT_ENDED_MS);
  }
  const nowMs = now.getTime();
  const next = moments.reduce<number>(
    (least, moment) => (moment !== null && moment > nowMs && moment < least ? moment : least),
    Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(next) ? new Date(next) : null;
}

function missing(plan: CarePlan, { programmes }: TaskSource, now: Date): TaskDraft[] {
  const followed = programmesInForce(plan, now);
  const tasks = programmes
    .filter(({ id }) => followed.includes(id))
    .flatMap(({ id, needsBeforeStart }) => {
      const since = plan.enrolments.find((enrolment) => enrolment.programme === id && isRunning(enrolment, now.getTime()));
      return needsBeforeStart
        .flatMap((words) => NEEDS[words] ?? [])
        .filter((need) => !need.isMet(plan, now))
        .map(({ key, title, forRole, ruleId }) => missingTask({ key, title, forRole, ruleId, dueAt: since?.from ?? null }));
    });
  const hasMeanTarget = followed.some((programme) => programme === 'htn' || programme === 'hf' || programme === 'dm');
  if (!hasMeanTarget || !isFrailOrOld(plan, now) || referenceAt(plan, 'frail-pressure-target', now) !== null) return tasks;
  const { title } = REFERENCES['frail-pressure-target'];
  return [...tasks, missingTask({ key: 'frail-pressure-target', title, forRole: 'physician', ruleId: 'htn.mean.high', dueAt: null })];
}

function missingTask(need: Pick<TaskDraft, 'key' | 'forRole' | 'ruleId' | 'dueAt'> & { readonly title: TaskDraft['reason'] }): TaskDraft {
  const { key, title, forRole, ruleId, dueAt } = need;
  const reason = { nb: `Mangler: ${title.nb}`, en: `Missing: ${title.en}` };
  return { key: `reference-missing:${key}`, kind: 'reference-missing', ruleId, forRole, reason, dueAt };
}

function referenceTasks(plan: CarePlan, reference: Reference, now: Date): TaskDraft[] {
  const { key, version, validTo } = reference;
  // Only the version in force: an earlier one has been replaced. A diuresis ends without anybody's doing.
  if (referenceAt(plan, key, now) !== reference || key === 'planned-diuresis') return [];
  const { title } = REFERENCES[key];
  const common = { ruleId: null, forRole: roleFor(key) };
  const tasks: TaskDraft[] = [];
  const dueAt = reviewDueAt(reference);
  if (dueAt !== null && dueAt <= now) {
    const reason = { nb: `Må vurderes på nytt: ${title.nb}`, en: `To be reviewed: ${title.en}` };
    tasks.push({ ...common, key: `reference-outdated:${key}/${version}`, kind: 'reference-outdated', reason, dueAt });
  }
  if (validTo !== null && validTo.getTime() - REFERENCE_ENDING_MS <= now.getTime() && !hasSuccessor(plan.references, reference)) {
    const reason = { nb: `Går ut: ${title.nb}`, en: `About to end: ${title.en}` };
    tasks.push({ ...common, key: `reference-ending:${key}/${version}`, kind: 'reference-ending', reason, dueAt: validTo });
  }
  return tasks;
}

function hasSuccessor(references: readonly Reference[], { key, version, validTo }: Reference): boolean {
  return references.some((other) => other.key === key && other.version > version && validTo !== null && isValid(other, validTo.getTime()));
}

function endingFromMs({ validFrom, validTo }: PersonalLimit): number {
  if (validTo === null) return Number.POSITIVE_INFINITY;
  const lastsMs = validTo.getTime() - validFrom.getTime();
  // In whole milliseconds: a Date drops the rest, and the look that follows would be due before it is.
  return validTo.getTime() - Math.min(LIMIT_ENDING_MS, Math.floor(lastsMs / 4));
}

function limitTasks(plan: CarePlan, limit: PersonalLimit, now: Date): TaskDraft[] {
  const { ruleId, parameter, version, validTo } = limit;
  if (validTo === null || typeof limit.endedByPersonId === 'number' || isReplaced(plan, limit)) return [];
  const nowMs = now.getTime();
  const where = `${ruleId}/${parameter}`;
  const common = { ruleId, forRole: 'physician' as const, dueAt: validTo };
  if (isValid(limit, nowMs) && endingFromMs(limit) <= nowMs) {
    const reason = { nb: `Midlertidig grense går ut: ${where}`, en: `A temporary limit is about to end: ${where}` };
    return [{ ...common, key: `limit-ending:${where}/${version}`, kind: 'limit-ending', reason }];
  }
  if (validTo.getTime() > nowMs || nowMs >= validTo.getTime() + LIMIT_ENDED_MS) return [];
  const reason = { nb: `Midlertidig grense er gått ut: ${where}`, en: `A temporary limit has ended: ${where}` };
  return [{ ...common, key: `limit-ended:${where}/${version}`, kind: 'limit-ended', reason }];
}

/** Another version took its place where it ended or before. */
function isReplaced({ limits }: CarePlan, { ruleId, parameter, version, validTo }: PersonalLimit): boolean {
  return limits.some(
    (other) =>
      other.ruleId === ruleId &&
      other.parameter === parameter &&
      other.version > version &&
      validTo !== null &&
      other.validFrom <= validTo &&
      (other.validTo === null || other.validTo >= validTo),
  );
}

const owner = ({ source, ownerId, ownerName }: LimitCandidate): { nb: string; en: string } => {
  const [nb, en] = source === 'unit' ? ['enhet', 'unit'] : ['person', 'person'];
  return { nb: ownerName ?? `${nb} ${ownerId}`, en: ownerName ?? `${en} ${ownerId}` };
};

function conflicts(plan: CarePlan, { entries, programmes }: TaskSource, now: Date): TaskDraft[] {
  const tasks = outOfForce(plan, entries, now);
  if (plan.limits.length + plan.unitLimits.length + plan.references.length < 2) return tasks;
  const brought = rulesFor(programmesInForce(plan, now), programmes);
  // Of a rule that a unit has switched off no limit is used, so there is nothing to settle.
  const isOn = (id: string): boolean => brought.has(id) && isSwitchedOn(id, entries.get(id)?.inForce ?? true, plan, now.getTime());
  const ruleIds = [...plan.limits, ...plan.unitLimits].map((limit) => limit.ruleId).concat(Object.keys(MOVED_BY));
  for (const ruleId of new Set(ruleIds.filter(isOn))) {
    for (const range of entries.get(ruleId)?.ranges ?? []) {
      const { settledBy, differing, parameter, value, unit } = effectiveLimit(range, plan, now);
      if (settledBy !== 'conflict left') continue;
      const list = differing.map((each) => ({ value: each.value, ...owner(each) }));
      const reason = {
        nb: `To grenser for ${ruleId}/${parameter} (${unit}): ${list.map((each) => `${comma(each.value)} (${each.nb})`).join(', ')}. Brukt: ${comma(value)}`,
        en: `Two limits for ${ruleId}/${parameter} (${unit}): ${list.map((each) => `${each.value} (${each.en})`).join(', ')}. Used: ${value}`,
      };
      tasks.push({
        key: `limit-conflict:${ruleId}/${parameter}`,
        kind: 'limit-conflict',
        ruleId,
        forRole: 'physician',
        reason,
        dueAt: null,
      });
    }
  }
  if (referenceAt(plan, 'news2-scale-2', now)?.value === 1 && referenceAt(plan, 'spo2-target-88-92', now)?.value === 0)
    tasks.push(SCALE_CONFLICT);
  if (pulse(plan, now) === 'one-end-only' && isOn('hf.pulse')) tasks.push(oneEndOnly(plan, entries, now));
  return tasks;
}

/** Personal limits of rules that step back for a programme's own and that nothing there takes over: whoever set one relies on it. */
function outOfForce(plan: CarePlan, entries: TaskSource['entries'], now: Date): TaskDraft[] {
  if (plan.limits.length === 0) return [];
  const takenOver = new Set(Object.values(MOVED_BY).map(({ ruleId }) => ruleId));
  const tasks: TaskDraft[] = [];
  for (const ruleId of steppingBack(programmesInForce(plan, now)).filter((each) => !takenOver.has(each))) {
    for (const { parameter, unit } of entries.get(ruleId)?.ranges ?? []) {
      const limit = personalLimitAt(plan, ruleId, parameter, now);
      if (limit === null) continue;
      const by = owner(ofPersonal(limit));
      tasks.push({
        key: `limit-conflict:${ruleId}/${parameter}`,
        kind: 'limit-conflict',
        ruleId,
        forRole: 'physician',
        reason: {
          nb: `Den personlige grensen for ${ruleId}/${parameter} (${comma(limit.value)} ${unit}, ${by.nb}) gjelder ikke: et annet forløp har egne grenser i stedet. Sett den der, eller avslutt den`,
          en: `The personal limit for ${ruleId}/${parameter} (${limit.value} ${unit}, ${by.en}) is not in force: another programme has limits of its own instead. Set it there, or end it`,
        },
        dueAt: null,
      });
    }
  }
  return tasks;
}

/** `scale_selection.scale_2_requires`: a physician must settle which of the two decisions holds. */
const SCALE_CONFLICT: TaskDraft = {
  key: 'limit-conflict:news2-scale-2',
  kind: 'limit-conflict',
  ruleId: null,
  forRole: 'physician',
  reason: {
    nb: 'NEWS2 skala 2 er bestemt, men målet 88–92 % er avslått. Brukt: skala 1',
    en: 'NEWS2 scale 2 is ordered, but the target of 88-92% has been refused. Used: scale 1',
  },
  dueAt: null,
};

/** Both with their owners: each rate limit that is set, and the rule of the programme, whose numbers are fixed and stand in its title. */
function oneEndOnly(plan: CarePlan, entries: TaskSource['entries'], now: Date): TaskDraft {
  const ruleId = 'hf.pulse';
  const set = [...RATE_RULES.high, ...RATE_RULES.low].flatMap((id) => {
    const limit = personalLimitAt(plan, id, 'limit', now);
    const unit = entries.get(id)?.ranges.find(({ parameter }) => parameter === 'limit')?.unit ?? '';
    return limit === null ? [] : [{ where: `${id}/limit`, value: limit.value, unit, by: owner(ofPersonal(limit)) }];
  });
  const title = entries.get(ruleId)?.title ?? { nb: '', en: '' };
  const reason = {
    nb: `Pulsgrense er satt for kjent rytme i bare den ene enden: ${set.map(({ where, value, unit, by }) => `${where} ${comma(value)} (${unit}) (${by.nb})`).join(', ')}. Ved siden av gjelder ${ruleId}: ${title.nb} (hjertesviktforløpet i regelkatalogen). Brukt: begge`,
    en: `A rate limit is set for a known rhythm at one end only: ${set.map(({ where, value, unit, by }) => `${where} ${value} (${unit}) (${by.en})`).join(', ')}. Beside it applies ${ruleId}: ${title.en} (the heart failure programme of the rule catalogue). Used: both`,
  };
  return { key: `limit-conflict:${ruleId}`, kind: 'limit-conflict', ruleId, forRole: 'physician', reason, dueAt: null };
}
