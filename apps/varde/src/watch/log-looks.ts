import { createHash } from 'node:crypto';
import type { LookInput, LookOutcome } from '@varde/look';
import type { Team } from '@varde/routing';
import { saveLookFacts, saveLooks, type Claim, type Database, type KeptLook } from '@varde/store';
import type { EntityManager } from 'typeorm';

/** A look to be kept: what it was given and what came of it. `input` null: nothing could be decided. */
export interface LookToKeep {
  readonly claim: Pick<Claim, 'patientId' | 'unlookedFrom' | 'hasArrived' | 'arrivedIds'>;
  readonly input: LookInput | null;
  readonly outcome: LookOutcome;
  readonly kind: KeptLook['kind'];
}

/**
 * Keeps what looks were given, so that they can be repeated bit for bit: what was new to them, what was agreed, and everything else that
 * cannot be had again from what is stored. Looks to which nothing had come and of which nothing came are left out: without them the others
 * come to the same. Must run in the transaction of the looks, which sees one state of the database.
 * @param known facts that are stored already
 * @returns hashes of the facts stored now, to be remembered as known once the transaction has been committed
 */
export async function logLooks(
  tx: EntityManager,
  looks: readonly LookToKeep[],
  known: ReadonlySet<string>,
  now: Date,
): Promise<readonly string[]> {
  const facts = new Map<string, string>();
  const kept = looks
    .filter(({ claim, outcome, kind }) => claim.hasArrived || kind !== 'look' || somethingCame(outcome))
    .map((each) => toKept(each, { found: facts, known }, now));
  await saveLookFacts(tx, facts);
  await saveLooks(tx, kept);
  return [...facts.keys()];
}

function somethingCame({ findings, episodes, advice }: LookOutcome): boolean {
  return findings.length > 0 || episodes.length > 0 || advice.length > 0;
}

/** Facts stored by looks of this process, by database: what is agreed holds for many looks and need not be sent again. */
const KNOWN = new WeakMap<Database, Set<string>>();
const KNOWN_MAX = 50_000;

/** The facts this process knows to be stored. */
export function knownFacts(database: Database): Set<string> {
  const found = KNOWN.get(database);
  if (found !== undefined && found.size < KNOWN_MAX) return found;
  const fresh = new Set<string>();
  KNOWN.set(database, fresh);
  return fresh;
}

function toKept({ claim, input, kind }: LookToKeep, facts: Facts, now: Date): KeptLook {
  const { patientId, unlookedFrom, arrivedIds } = claim;
  const seen = { patientId, kind, at: now, unlookedFrom, measurementIds: arrivedIds };
  if (input === null) return { ...seen, refusedIds: [], planHash: null, teamHash: null, pathway: null, also: null };
  const { plan, team, pathway, window } = input;
  return {
    ...seen,
    refusedIds: window.refused.map(({ refusedId }) => refusedId),
    planHash: keep(plan, facts),
    teamHash: keepTeam(team, facts),
    pathway: { id: pathway.id, version: pathway.version },
    also: alsoOf(input),
  };
}

/** What a replay has from elsewhere; everything else is written down as it is, also what a look will be given one day. */
const REBUILT: ReadonlySet<string> = new Set<keyof LookInput>([
  'catalogue',
  'plan',
  'team',
  'pathway',
  'frozenPathways',
  'window',
  'unlookedFrom',
  'recorded',
  'episodes',
  'now',
]);
const REBUILT_OF_WINDOW: ReadonlySet<string> = new Set<keyof LookInput['window']>([
  'readings',
  'refused',
  'dailyMedians',
  'firstDays',
  'answers',
  'lastObserved',
]);

function alsoOf(input: LookInput): string {
  return JSON.stringify({ ...without(input, REBUILT), window: without(input.window, REBUILT_OF_WINDOW) });
}

function without(object: object, names: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)));
}

interface Facts {
  /** Those to be stored now: JSON by hash. */
  readonly found: Map<string, string>;
  /** Hashes of those that are stored already. */
  readonly known: ReadonlySet<string>;
}

/** Hashes of facts: plans, teams and units stay the same objects until they change, and writing them out costs as much as judging by them. */
const HASHES = new WeakMap<object, string>();

/** A team is written down with the hashes of its units, each a fact of its own: what one unit is, is kept once for all its patients. */
function keepTeam(team: Team, facts: Facts): string {
  const known = HASHES.get(team);
  if (known !== undefined && facts.known.has(known) && team.units.every((unit) => facts.known.has(HASHES.get(unit) ?? ''))) return known;
  const { units, ...about } = team;
  const hash = keep({ ...about, units: units.map((unit) => keep(unit, facts)) }, facts);
  HASHES.set(team, hash);
  return hash;
}

function keep(fact: object, { found, known }: Facts): string {
  const hashed = HASHES.get(fact);
  if (hashed !== undefined && (known.has(hashed) || found.has(hashed))) return hashed;
  const json = JSON.stringify(fact);
  const hash = hashed ?? createHash('sha256').update(json).digest('hex');
  HASHES.set(fact, hash);
  if (!known.has(hash)) found.set(hash, json);
  return hash;
}
