import { readFile } from 'node:fs/promises';
import {
  checkNewPathway,
  NotFound,
  readOrganisations,
  readPathwayVersions,
  refuseOutsider,
  savePathway,
  type Community,
  type KeptPathway,
  type NewPathway,
} from '@varde/store';
import type { LadderStep, PathwayHole, Route } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { pathwayWithIds } from '../templates/pathway-with-ids.js';
import { Place } from '../templates/place.js';
import { readPathwayFile } from '../templates/read-pathway.js';
import { actingPerson, askOwnPassword, PERSON_OPTIONS, refuseOtherRoles } from './acting-person.js';
import { UsageError, type Command, type Option, type Typed } from './command.js';
import { COMMUNITY_OPTION, pickCommunity } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const WHICH: Readonly<Record<string, Option>> = {
  ...COMMUNITY_OPTION,
  id: { type: 'string', value: '<id>', meaning: 'which pathway; the first of the community when left out' },
};

const SHOW: Command = {
  words: ['pathway', 'show'],
  args: '',
  summary: 'Show who gets what at which hour; --json is the form that check and save read',
  takes: [0, 0],
  options: WHICH,
  run: async (typed, { manager }) => {
    const community = await pickCommunity(manager, typed.text('community'));
    const kept = await newestOf(manager, community, typed);
    const names = await organisationNames(manager, community);
    const file = toFile(kept, names);
    const routes = file.routes.map(({ severity, when, first, ladder, acknowledgementMin, endsWithAdvice }) => [
      severity,
      when === null ? 'everybody, always' : JSON.stringify(when),
      first.join(', '),
      ladder.map(sayStep).join('; '),
      acknowledgementMin === null ? 'with the shift' : `${acknowledgementMin} min`,
      endsWithAdvice ? 'emergency advice' : '-',
    ]);
    const pairs = file.cooperations.map(({ organisations, step, programme }) => [organisations.join(' and '), step, programme ?? '-']);
    return {
      lines: [
        `Pathway ${kept.id}, version ${kept.version}, ${kept.name}, in force from ${formatMoment(kept.inForceFrom)}`,
        ...(kept.reason === '' ? [] : [`Why: ${kept.reason}`]),
        ...formatTable(['SEVERITY', 'FOR', 'FIRST', 'LADDER', 'HELD FOR', 'NOBODY THERE'], routes),
        ...(pairs.length === 0
          ? ['Every pair of organisations stands on step 1.']
          : formatTable(['ORGANISATIONS', 'STEP', 'FIELD'], pairs)),
      ],
      data: file,
    };
  },
};

const CHECK: Command = {
  words: ['pathway', 'check'],
  args: '<file>',
  summary: 'Walk the pathway of a file at every hour of a week and on every holiday of a year, and name every hole; saves nothing',
  takes: [1, 1],
  options: WHICH,
  run: async (typed, { manager, terminal }) => {
    const now = terminal.now();
    const given = await readGiven(manager, typed, now);
    const holes = await checkNewPathway(manager, given, now);
    const isRefused = holes.some(({ blocking }) => blocking);
    return {
      lines: [isRefused ? `${given.name} cannot be saved:` : `${given.name} can be saved.`, ...sayHoles(holes)],
      data: holes,
    };
  },
};

const SAVE: Command = {
  words: ['pathway', 'save'],
  args: '<file> --by <username> --reason <why>',
  summary: 'Save the pathway of a file as the next version, for episodes that open from now on; refused when it leads somebody to nobody',
  takes: [1, 1],
  options: {
    ...WHICH,
    reason: { type: 'string', value: '<why>', meaning: 'why it is changed' },
    from: { type: 'string', value: '<moment>', meaning: 'when it comes into force; left out: now' },
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const now = terminal.now();
    const reason = typed.words('reason', 2_000);
    const given = await readGiven(manager, typed, typed.moment('from') ?? now);
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, ['team_lead', 'administrator']);
    await refuseOutsider(manager, person, given.communityId);
    const agreed = { ...given, reason, savedByPersonId: person.personId };
    const { id, version, warnings } = await savePathway(manager, agreed, now);
    return {
      lines: [`Pathway ${id}, version ${version}, ${given.name}, in force from ${formatMoment(given.inForceFrom)}`, ...sayHoles(warnings)],
      data: { id, version, warnings },
    };
  },
};

/** Commands about pathways. */
export const PATHWAY_COMMANDS: readonly Command[] = [SHOW, CHECK, SAVE];

const sayHoles = (holes: readonly PathwayHole[]): string[] =>
  holes.map(({ blocking, where, problem }) => `  ${blocking ? 'HOLE' : 'note'}  ${where}: ${problem}`);

const sayStep = ({ afterMin, openingHours, serviceDays, careLevel, to }: FileStep): string => {
  const when = serviceDays === undefined ? `${afterMin} min${openingHours ? ' open' : ''}` : `end of service day ${serviceDays}`;
  return `${when}: ${careLevel} (${to})`;
};

async function newestOf(manager: EntityManager, { id: communityId, code }: Community, typed: Typed): Promise<KeptPathway> {
  const wanted = typed.whole('id');
  const versions = await readPathwayVersions(manager, communityId);
  const newest = versions.find(({ id }) => wanted === null || id === wanted);
  if (newest === undefined) throw new NotFound('pathway', wanted ?? `of ${code}`);
  return newest;
}

async function organisationNames(manager: EntityManager, community: Community): Promise<ReadonlyMap<number, string>> {
  const organisations = await readOrganisations(manager);
  return new Map(organisations.filter(({ communityId }) => communityId === community.id).map(({ id, name }) => [id, name]));
}

/** The next version of the pathway, as a file says it: organisations by name. @throws UsageError naming every fault of the file */
async function readGiven(manager: EntityManager, typed: Typed, inForceFrom: Date): Promise<NewPathway> {
  const community = await pickCommunity(manager, typed.text('community'));
  const { id, communityId } = await newestOf(manager, community, typed);
  const names = await organisationNames(manager, community);
  const faults: string[] = [];
  const none = { units: new Set<string>(), people: new Set<string>(), patients: new Set<string>() };
  const path = typed.word(0, 'the file');
  const file = new Place(await readJson(path), `${path} `, faults);
  const pathway = readPathwayFile(file, { ...none, organisations: new Set(names.values()) });
  if (faults.length > 0) throw new UsageError(faults.join('; '));
  const idOf = (organisation: string): number => [...names].find(([, each]) => each === organisation)?.[0] ?? 0;
  return { id, communityId, name: pathway.name, ...pathwayWithIds(pathway, idOf), inForceFrom };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`${path} cannot be read`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is no JSON`);
  }
}

/** A ladder step as a file has it. */
type FileStep = Omit<LadderStep, 'openingHoursClock'> & { readonly openingHours: boolean };

/** What a file of a pathway holds. */
function toFile({ name, routes, cooperations, deadlines }: KeptPathway, names: ReadonlyMap<number, string>) {
  const nameOf = (id: number): string => names.get(id) ?? `organisation ${id}`;
  return {
    name,
    routes: routes.map(({ when, ladder, ...route }) => ({ ...route, when: toFileCondition(when, nameOf), ladder: ladder.map(toFileStep) })),
    cooperations: cooperations.map(({ organisationIds: [a, b], step, programme }) => ({
      organisations: [nameOf(a), nameOf(b)],
      step,
      programme,
    })),
    deadlines,
  };
}

function toFileCondition(when: Route['when'], nameOf: (id: number) => string): object | null {
  if (!when) return null;
  const { municipalityIds, ...rest } = when;
  return { ...(municipalityIds && { municipalities: municipalityIds.map(nameOf) }), ...rest };
}

function toFileStep({ openingHoursClock, ...step }: LadderStep): FileStep {
  return { ...step, openingHours: openingHoursClock };
}
