import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CONTACT_TESTED_DAYS, findSeverityHoles, type Hole, type Period, type Team, type WalkedChain } from '@varde/routing';
import { SEVERITIES } from '@varde/rules';
import { PREFLIGHT_DAYS, type PathwayInForce, type PreflightMaterial } from '@varde/store';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A chain that many patients share: the same units, and the same in everything that their pathway asks. */
interface SharedChain {
  readonly versions: readonly PathwayInForce[];
  readonly team: Team;
  readonly patientIds: readonly number[];
}

/** Walks chains, and does not walk one again within the hour while nothing of it has changed. */
export class WalkedChains {
  private known = new Map<string, readonly Hole[]>();

  /** The holes of every chain. */
  async walk(material: PreflightMaterial): Promise<WalkedChain[]> {
    // Whole hours, so that what was walked serves the next change too.
    const from = new Date(Math.floor(material.readAt.getTime() / HOUR_MS) * HOUR_MS);
    const period = { from, to: new Date(from.getTime() + PREFLIGHT_DAYS * DAY_MS) };
    const walked = new Map<string, readonly Hole[]>();
    const chains: WalkedChain[] = [];
    for (const { versions, team, patientIds } of sharedChains(material)) {
      const print = printOf({ versions, team, period, material });
      let holes = walked.get(print) ?? this.known.get(print);
      holes ??= await holesOf(versions, { team, period, material });
      walked.set(print, holes);
      chains.push({ holes, patientIds });
    }
    this.known = walked;
    return chains;
  }
}

/** Puts patients together whose chains cannot differ. Patients without a pathway are judged by nobody and are left out. */
export function sharedChains({ teams, pathways }: PreflightMaterial): SharedChain[] {
  const shared = new Map<string, { versions: readonly PathwayInForce[]; team: Team; patientIds: number[] }>();
  for (const [patientId, team] of teams) {
    const versions = pathways.get(patientId) ?? [];
    if (versions.length === 0) continue;
    const conditions = versions.flatMap(({ pathway }) => pathway.routes.map(({ when }) => when ?? {}));
    const key = JSON.stringify([
      versions.map(({ pathway }) => [pathway.id, pathway.version]),
      team.units.map(({ id }) => id),
      team.guestUnitIds,
      team.responsibleUnitId,
      team.zone,
      team.treatmentLimits ?? null,
      conditions.some(({ municipalityIds }) => municipalityIds !== undefined) ? team.municipalityId : null,
      conditions.some(({ programmes }) => programmes !== undefined) ? team.programmes : null,
    ]);
    const same = shared.get(key);
    if (same) same.patientIds.push(patientId);
    else shared.set(key, { versions, team, patientIds: [patientId] });
  }
  return [...shared.values()];
}

interface Walking {
  readonly team: Team;
  readonly period: Period;
  readonly material: PreflightMaterial;
}

/** Everything that decides what a walk finds. */
function printOf({ versions, team, period, material }: Walking & { readonly versions: readonly PathwayInForce[] }): string {
  const staff = team.units.map(({ id }) => material.staff.get(id));
  return createHash('sha256')
    .update(JSON.stringify([versions, team, staff, period.from]))
    .digest('base64');
}

/** Each version of the pathway for as long as it is in force; others have their turn between two severities. */
async function holesOf(versions: readonly PathwayInForce[], { team, period, material }: Walking): Promise<Hole[]> {
  const known = { staff: material.staff, contactTestedDays: CONTACT_TESTED_DAYS };
  const holes: Hole[] = [];
  for (const [index, { pathway, from }] of versions.entries()) {
    const until = versions[index + 1]?.from ?? period.to;
    const inForce = { from: from > period.from ? from : period.from, to: until < period.to ? until : period.to };
    if (inForce.from >= inForce.to) continue;
    for (const severity of SEVERITIES) {
      await nextTurn();
      holes.push(...findSeverityHoles({ pathway, team, severity, known }, inForce));
    }
  }
  return holes;
}
