import { replay, type LoggedLine, type Replayed } from '@varde/look';
import type { CarePlan } from '@varde/plans';
import { teamOf, unitOf, type Pathway, type Team } from '@varde/routing';
import type { Catalogue } from '@varde/rules';
import {
  readFrozenPathways,
  readLookFacts,
  readPatientLog,
  readReplayMaterial,
  readStoredOutcome,
  reviveAct,
  reviveMoments,
  type LogLine,
  type StoredOutcome,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { findDifferences, type Compared } from './replay-differences.js';

/** What a replay of one patient came to, beside what is stored. */
export interface PatientReplay {
  readonly patientId: number;
  /** Why it could not be done; null when it was. */
  readonly impossible: string | null;
  readonly looks: number;
  readonly findings: number;
  readonly episodes: number;
  /** What is not the same, each in one sentence. */
  readonly differences: readonly string[];
}

/** Repeats all looks and acts of a patient from the log and compares what comes of it with what is stored. Reads only. */
export async function replayPatient(
  manager: EntityManager,
  catalogue: Catalogue,
  patientId: number,
  compared: Compared,
): Promise<PatientReplay> {
  const stored = await readStoredOutcome(manager, patientId);
  const replayed = await repeatLooks(manager, catalogue, patientId, stored);
  if (typeof replayed === 'string') return { patientId, impossible: replayed, looks: 0, findings: 0, episodes: 0, differences: [] };
  const differences = findDifferences(replayed, stored, compared);
  const { looks, findings, episodes } = replayed;
  return { patientId, impossible: null, looks, findings: findings.length, episodes: episodes.length, differences };
}

/** What all looks and acts of a patient come to again; of what is stored only the numbers of episodes are known. Else why it cannot be done. */
export async function repeatLooks(
  manager: EntityManager,
  catalogue: Catalogue,
  patientId: number,
  stored: StoredOutcome,
): Promise<Replayed | string> {
  const lines = await readPatientLog(manager, patientId);
  if (lines.length === 0) return 'has no log of looks';
  const broken = lines.findLast(({ kind }) => kind === 'begins' || kind === 'wearer_corrected');
  if (broken === undefined) return replayLines(manager, { catalogue, patientId, lines, stored });
  const because =
    broken.kind === 'begins' ? 'was looked at before there was a log of looks' : 'had readings corrected (moved, doubted or completed)';
  return `${because}: looks before ${broken.at.toISOString()} cannot be repeated`;
}

interface Logged {
  readonly catalogue: Catalogue;
  readonly patientId: number;
  readonly lines: readonly LogLine[];
  readonly stored: StoredOutcome;
}

async function replayLines(manager: EntityManager, { catalogue, patientId, lines, stored }: Logged): Promise<Replayed> {
  const material = await readReplayMaterial(manager, patientId, {
    measurementIds: lines.flatMap((line) => line.measurementIds),
    refusedIds: [...new Set(lines.flatMap((line) => line.refusedIds))],
  });
  const hashes = new Set(lines.flatMap(({ planHash, teamHash }) => [planHash, teamHash].filter((hash) => hash !== null)));
  const facts = await readLookFacts(manager, [...hashes]);
  const episodes = stored.episodes.map(({ episode }) => episode);
  const versions = [
    ...lines.flatMap(({ pathway }) => pathway ?? []),
    ...episodes.map(({ pathwayId, pathwayVersion }) => ({ id: pathwayId, version: pathwayVersion })),
  ];
  const pathways = await readFrozenPathways(manager, [...new Map(versions.map((each) => [`${each.id}/${each.version}`, each])).values()]);
  const revived = new Map([...facts].map(([hash, json]) => [hash, reviveMoments(json)]));
  const teams = lines.flatMap(({ teamHash }) => (revived.get(teamHash ?? '') as KeptTeam | undefined) ?? []);
  const unitHashes = new Set(teams.flatMap(({ units }) => units.filter((unit) => typeof unit === 'string')));
  for (const [hash, json] of await readLookFacts(manager, [...unitHashes])) revived.set(hash, reviveMoments(json));
  return replay({
    catalogue,
    ...material,
    lines: lines.map((line) => toLogged(line, revived, pathways)),
    pathwayOf: (id, version) => pathways.get(`${id}/${version}`) ?? null,
    episodeIds: episodes.map(({ id }) => id),
  });
}

/** Part of the log is missing or cannot be read. */
class LogBroken extends Error {
  override readonly name = 'LogBroken';
}

function toLogged(line: LogLine, facts: ReadonlyMap<string, unknown>, pathways: ReadonlyMap<string, Pathway>): LoggedLine {
  const { kind, measurementIds } = line;
  if (kind === 'act') return { kind, episodeId: line.episodeId ?? 0, step: reviveAct(line.also ?? 'null') };
  if (kind === 'begins' || kind === 'wearer_corrected' || kind === 'postponed' || kind === 'no_pathway')
    return { kind: 'unseen', measurementIds };
  const pathway = line.pathway === null ? undefined : pathways.get(`${line.pathway.id}/${line.pathway.version}`);
  const plan = facts.get(line.planHash ?? '') as CarePlan | undefined;
  const team = facts.get(line.teamHash ?? '') as KeptTeam | undefined;
  if (plan === undefined || team === undefined || pathway === undefined) {
    throw new LogBroken(`what was agreed at look ${line.id} of patient ${line.patientId} is not kept`);
  }
  const { at, unlookedFrom, refusedIds } = line;
  return {
    kind,
    at,
    unlookedFrom,
    measurementIds,
    refusedIds,
    plan,
    team: toTeam(team, facts),
    pathway,
    also: reviveMoments(line.also ?? '{}') as object,
  };
}

type KeptUnit = Parameters<typeof unitOf>[0];

/** A team as it was written down, a unit by its hash, once as it was itself; one from before a field was there has it not. */
interface KeptTeam extends Partial<Omit<Team, 'units'>> {
  readonly units: readonly (KeptUnit | string)[];
}

function toTeam({ units, ...about }: KeptTeam, facts: ReadonlyMap<string, unknown>): Team {
  const whole = units.map((unit) => {
    const kept = typeof unit === 'string' ? (facts.get(unit) as KeptUnit | undefined) : unit;
    if (kept === undefined) throw new LogBroken(`the unit ${String(unit)} of a team is not kept`);
    return unitOf(kept);
  });
  return teamOf(whole, about);
}
