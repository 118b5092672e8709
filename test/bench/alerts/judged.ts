import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rehearse, type Agreement, type People, type Rehearsed } from '@varde/look';
import { DEFAULT_PATHWAY, teamOf, unitOf, type OpeningHours } from '@varde/routing';
import { readCatalogue, readNews2Chart, type Catalogue, type Severity } from '@varde/rules';
import { MORNING, NURSE } from './assumptions.js';
import { awayUntilMs, type SimulatedHome } from './home.js';
import { dayStartMs, LEADS, toolsOf, YEAR_FROM_MS, YEAR_TO_MS, type SimulatedPerson } from './person.js';

const ZONE = 'Etc/GMT-1';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const OFFICE: readonly OpeningHours[] = [{ weekdays: EVERY_DAY, from: '00:00', to: '24:00' }];
const TEAM = teamOf([unitOf({ id: 1, name: 'Responssenteret', careLevel: 'dho', zone: ZONE, openingHours: OFFICE })]);

/** One unit that is always open, on the catalogue's own pathway. */
export const TEAM_AGREEMENT = { team: TEAM, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] } as const;

/** Reads the catalogue where it lies: this program runs from `dist`. */
export function openCatalogue(): Catalogue {
  const folder = join(import.meta.dirname, '..', '..', '..', '..', 'libs', 'rules', 'src', 'catalogue');
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return { ...readCatalogue(read('rules-catalogue.json')), news2: readNews2Chart(read('news2.json')) };
}

/** What is agreed about a simulated person: the catalogue's own limits, everything measured each morning, none of it set to suit the result. */
function agreementOf(catalogue: Catalogue, person: SimulatedPerson): Agreement {
  const from = new Date(dayStartMs(0));
  const daily = { atLocal: `0${MORNING.atHour}:00`, weekdays: EVERY_DAY, from, to: null };
  const tools = toolsOf(person).filter((tool) => tool !== 'questions' && tool !== 'cat');
  return {
    catalogue,
    plan: {
      patientId: person.patientId,
      zone: ZONE,
      limits: [],
      unitLimits: [],
      references: [],
      enrolments: person.programmes.map((programme) => ({ programme, from, to: null })),
      schedule: tools.map((tool) => ({ metric: LEADS[tool], ...daily })),
      pauses: person.spells
        .filter(({ kind }) => kind === 'emergency')
        .map(({ endMs }, id) => ({ id, kind: 'admission', from: new Date(endMs), to: new Date(awayUntilMs(endMs)), reason: 'admitted' })),
    },
    ...TEAM_AGREEMENT,
  };
}

/** A nurse who takes everything within the time `NURSE` says, closes what is red a day after it is clear, and leaves yellow to settle. */
export const nurse: People = {
  next: ({ severity, openedAt, ladderStartedAt, acknowledgedAt, clearedAt, lastSignalAt }, after) => {
    const later = (ms: number): Date => new Date(Math.max(ms, after.getTime() + 1));
    if (severity === 'info') return null;
    const isRed = severity === 'red' || severity === 'critical';
    if (acknowledgedAt === null) {
      const takesMs = (isRed ? NURSE.takesRedMin : NURSE.takesYellowMin) * MINUTE_MS;
      return {
        kind: 'acknowledge',
        zone: 'Europe/Oslo',
        at: later(Math.max(openedAt.getTime(), ladderStartedAt.getTime()) + takesMs),
        byPersonId: 1,
        endsAt: null,
      };
    }
    // What is yellow and clear settles by itself.
    if (!isRed && clearedAt !== null) return null;
    const closesMs =
      clearedAt === null
        ? Math.max(lastSignalAt.getTime(), acknowledgedAt.getTime()) + NURSE.closesAfterSignalHours * HOUR_MS
        : Math.max(clearedAt.getTime(), acknowledgedAt.getTime()) + NURSE.closesAfterClearHours * HOUR_MS;
    return { kind: 'close', at: later(closesMs), byPersonId: 1, outcome: 'no_action_needed', note: '', secondLook: false };
  },
};

/** Something a nurse must look at. */
export interface Item {
  readonly atMs: number;
  readonly severity: Severity;
  /** Not of silence or of devices. */
  readonly isClinical: boolean;
}

/** What our rules make of a year. */
export interface Ours {
  readonly items: readonly Item[];
  readonly rehearsed: Rehearsed;
}

/** Rehearses the year with the very look of the service. */
export function judgeYear(catalogue: Catalogue, home: SimulatedHome): Ours {
  const rehearsed = rehearse({
    agreement: agreementOf(catalogue, home.person),
    ...home.sent,
    episodes: [],
    recorded: [],
    from: new Date(YEAR_FROM_MS),
    to: new Date(YEAR_TO_MS),
    people: nurse,
    home,
  });
  const items = rehearsed.episodes.flatMap(({ episode, notices }) =>
    notices
      // A step up the ladder is the same item again; what is info goes to the patient.
      .filter(({ cause, severity }) => cause !== 'escalated' && cause !== 'acknowledgement_ran_out' && severity !== 'info')
      .map(({ at, severity }) => ({
        atMs: at.getTime(),
        severity,
        isClinical: !episode.domains.every((domain) => domain === 'silence' || domain === 'technical'),
      })),
  );
  return { items, rehearsed };
}
