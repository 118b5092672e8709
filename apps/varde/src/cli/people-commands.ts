import {
  changePerson,
  Conflict,
  PERSON_ROLES,
  readCommunities,
  readPeople,
  readPersonByUsername,
  saveCommunity,
  saveOrganisation,
  savePerson,
  type PersonRole,
} from '@varde/store';
import { UsageError, type Command } from './command.js';
import { askNewPassword, choosePassword, PASSWORD_OPTIONS, showGenerated } from './passwords.js';
import { formatTable } from './printed.js';

const INIT: Command = {
  words: ['init'],
  args: '[--community <code>] [--organisation <name>] [--username <name>]',
  summary: 'Begin: the first community, its first organisation and the first administrator',
  takes: [0, 0],
  options: {
    community: { type: 'string', value: '<code>', meaning: 'code of the community in every topic; default varde' },
    'community-name': { type: 'string', value: '<name>', meaning: 'its name; default Health community' },
    organisation: { type: 'string', value: '<name>', meaning: 'its first organisation; default First municipality' },
    username: { type: 'string', value: '<name>', meaning: 'what the administrator signs in with; default admin' },
    ...PASSWORD_OPTIONS,
  },
  askFirst: askNewPassword,
  run: async (typed, { manager, terminal, asked }) => {
    const code = typed.text('community') ?? 'varde';
    const username = typed.text('username') ?? 'admin';
    const name = typed.maybeWords('community-name', 200) ?? 'Health community';
    if ((await readCommunities(manager)).length > 0) throw new Conflict('this database has been begun already; init is for an empty one');
    const { passwordHash, generated } = await choosePassword(asked);
    const now = terminal.now();
    const made = await manager.transaction(async (tx) => {
      const { communityId } = await saveCommunity(tx, { code, name, pathway: null }, now);
      const organisation = typed.maybeWords('organisation', 200) ?? 'First municipality';
      const organisationId = await saveOrganisation(tx, { communityId, name: organisation });
      const roles: PersonRole[] = ['administrator', 'operator'];
      const personId = await savePerson(tx, { username, name: 'Administrator', passwordHash, roles, unitIds: [] }, now);
      return { communityId, code, organisationId, organisation, personId, username, password: generated };
    });
    const lines = [
      `Community ${code} with the organisation ${made.organisation}, and the pathway of the rule catalogue.`,
      `Sign in   ${username} (administrator, operator)`,
      ...showGenerated(generated),
    ];
    return { lines, data: made };
  },
};

const ADD: Command = {
  words: ['person', 'add'],
  args: '<username> --name <name> --role <role> [--unit <id>]',
  summary: 'Add a person who signs in',
  takes: [1, 1],
  options: {
    name: { type: 'string', value: '<name>', meaning: 'the name others see' },
    role: { type: 'string', multiple: true, value: '<role>', meaning: `one or more of ${PERSON_ROLES.join(', ')}` },
    unit: { type: 'string', multiple: true, value: '<id>', meaning: 'units the person works for: their patients are the ones seen' },
    employer: { type: 'string', value: '<id>', meaning: 'organisation that employs them; default the home of the first unit' },
    ...PASSWORD_OPTIONS,
  },
  askFirst: askNewPassword,
  run: async (typed, { manager, terminal, asked }) => {
    const username = typed.word(0, 'the username');
    const roles = typed.texts('role') as PersonRole[];
    if (roles.length === 0) throw new UsageError('--role is missing');
    const name = typed.words('name', 200);
    const unitIds = typed.ids('unit');
    const { passwordHash, generated } = await choosePassword(asked);
    const person = { username, name, passwordHash, roles, organisationId: typed.whole('employer'), unitIds };
    const id = await savePerson(manager, person, terminal.now());
    return {
      lines: [`Person ${id}: ${username} (${roles.join(', ')})`, ...showGenerated(generated)],
      data: { id, username, roles, unitIds, password: generated },
    };
  },
};

const LIST: Command = {
  words: ['person', 'list'],
  args: '',
  summary: 'List everyone who can or could sign in',
  takes: [0, 0],
  options: {},
  run: async (_, { manager }) => {
    const people = await readPeople(manager);
    const rows = people.map((person) => [
      person.id,
      person.username,
      person.roles.join(','),
      person.unitIds.join(','),
      person.active ? 'yes' : 'no',
    ]);
    return { lines: formatTable(['ID', 'USERNAME', 'ROLES', 'UNITS', 'ACTIVE'], rows), data: people };
  },
};

const DEACTIVATE: Command = {
  words: ['person', 'deactivate'],
  args: '<username>',
  summary: 'Let a person sign in no more; what they did keeps their name',
  takes: [1, 1],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const { id, username } = await readPersonByUsername(manager, typed.word(0, 'the username'));
    await changePerson(manager, id, { active: false }, terminal.now());
    return { lines: [`${username} cannot sign in any more.`], data: { id, username, active: false } };
  },
};

/** Commands about people, the first one among them. */
export const PEOPLE_COMMANDS: readonly Command[] = [INIT, ADD, LIST, DEACTIVATE];
