import { SEVERITIES, type Severity } from '@varde/rules';
import type { LadderStep } from './pathway.js';
import type { Hole, HoleProblem } from './preflight.js';

/** The holes of one chain, and the patients who share it. */
export interface WalkedChain {
  readonly holes: readonly Hole[];
  readonly patientIds: readonly number[];
}

/** A step of a ladder that finds a hole. */
export interface HoleStep {
  readonly severity: Severity;
  readonly number: number;
  readonly of: number;
  readonly name: string;
}

/** One stretch of one problem of one unit, with every step and every patient it concerns. */
export interface GatheredHole {
  /** Whose team lead must see to it. */
  readonly leadUnitId: number;
  readonly unitId: number | null;
  readonly careLevel: LadderStep['careLevel'];
  readonly problem: HoleProblem;
  readonly fromAt: Date;
  readonly toAt: Date;
  readonly steps: readonly HoleStep[];
  /** In order. */
  readonly patientIds: readonly number[];
}

/** What a task is about: the same for every stretch of one problem of one unit. */
export function problemKey({ problem, unitId, careLevel }: Pick<GatheredHole, 'problem' | 'unitId' | 'careLevel'>): string {
  return `preflight:${problem}:${unitId ?? careLevel}`;
}

/**
 * Puts together what many steps of many patients' chains find: stretches of one problem of one unit that overlap within a chain are one,
 * and equal ones of several chains are one with all their patients. Holes that no unit of the team can see to are left out.
 */
export function gatherHoles(chains: readonly WalkedChain[]): GatheredHole[] {
  const gathered = new Map<string, { hole: GatheredHole; patientIds: Set<number> }>();
  for (const { holes, patientIds } of chains) {
    for (const hole of ofOneChain(holes)) {
      const { leadUnitId, fromAt, toAt, steps } = hole;
      const key = `${leadUnitId} ${problemKey(hole)} ${fromAt.getTime()} ${toAt.getTime()} ${JSON.stringify(steps)}`;
      const same = gathered.get(key) ?? { hole, patientIds: new Set() };
      gathered.set(key, same);
      for (const id of patientIds) same.patientIds.add(id);
    }
  }
  return [...gathered.values()]
    .map(({ hole, patientIds }) => ({ ...hole, patientIds: [...patientIds].sort((a, b) => a - b) }))
    .sort((a, b) => a.fromAt.getTime() - b.fromAt.getTime() || a.leadUnitId - b.leadUnitId);
}

function ofOneChain(holes: readonly Hole[]): GatheredHole[] {
  const groups = new Map<string, Hole[]>();
  for (const hole of holes) {
    if (hole.leadUnitId === null) continue;
    const key = `${hole.leadUnitId} ${problemKey(hole)}`;
    groups.set(key, [...(groups.get(key) ?? []), hole]);
  }
  return [...groups.values()].flatMap(overlapping);
}

function overlapping(holes: readonly Hole[]): GatheredHole[] {
  const stretches: { fromMs: number; toMs: number; of: Hole[] }[] = [];
  for (const hole of [...holes].sort((a, b) => a.fromAt.getTime() - b.fromAt.getTime())) {
    const [fromMs, toMs] = [hole.fromAt.getTime(), hole.toAt.getTime()];
    const last = stretches.at(-1);
    if (last && fromMs <= last.toMs) {
      last.toMs = Math.max(last.toMs, toMs);
      last.of.push(hole);
    } else stretches.push({ fromMs, toMs, of: [hole] });
  }
  return stretches.flatMap(({ fromMs, toMs, of }) => {
    const [first] = of;
    if (!first || first.leadUnitId === null) return [];
    const { leadUnitId, unitId, careLevel, problem } = first;
    return [{ leadUnitId, unitId, careLevel, problem, fromAt: new Date(fromMs), toAt: new Date(toMs), steps: stepsOf(of), patientIds: [] }];
  });
}

/** Each once, the gravest first. */
function stepsOf(holes: readonly Hole[]): HoleStep[] {
  const steps = new Map(
    holes.map(({ severity, step }) => [`${severity} ${step.number}/${step.of} ${step.name}`, { severity, ...step }] as const),
  );
  return [...steps.values()].sort(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.number - b.number || (a.name < b.name ? -1 : 1),
  );
}
