import { changeOrganisationKind, ORGANISATION_KINDS, readOrganisations, saveOrganisation } from '@varde/store';
import { UsageError, type Command } from './command.js';
import { COMMUNITY_OPTION, pickCommunity } from './pick.js';
import { formatTable } from './printed.js';

const ADD: Command = {
  words: ['organisation', 'add'],
  args: '<name> --kind <kind>',
  summary: 'Add an organisation to a community',
  takes: [1, 1],
  options: {
    kind: { type: 'string', value: '<kind>', meaning: `one of ${ORGANISATION_KINDS.join(', ')}; default other` },
    ...COMMUNITY_OPTION,
  },
  run: async (typed, { manager }) => {
    const name = typed.wordsAt(0, 'the name', 200);
    const kind = typed.oneOf('kind', ORGANISATION_KINDS) ?? 'other';
    const { id: communityId } = await pickCommunity(manager, typed.text('community'));
    const id = await saveOrganisation(manager, { communityId, name, kind });
    return { lines: [`Organisation ${id}: ${name} (${kind})`], data: { id, communityId, name, kind } };
  },
};

const LIST: Command = {
  words: ['organisation', 'list'],
  args: '',
  summary: 'List the organisations',
  takes: [0, 0],
  options: {},
  run: async (_, { manager }) => {
    const organisations = await readOrganisations(manager);
    return {
      lines: formatTable(
        ['ID', 'NAME', 'KIND'],
        organisations.map(({ id, name, kind }) => [id, name, kind]),
      ),
      data: organisations,
    };
  },
};

const KIND: Command = {
  words: ['organisation', 'kind'],
  args: '<id> <kind>',
  summary: 'Say what an organisation is; units of a municipality hold data of other municipalities only by agreement',
  takes: [2, 2],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const [id, word] = [typed.id(0, 'the organisation'), typed.word(1, 'the kind')];
    const kind = ORGANISATION_KINDS.find((each) => each === word);
    if (kind === undefined) throw new UsageError(`the kind must be one of ${ORGANISATION_KINDS.join(', ')}`);
    await changeOrganisationKind(manager, id, kind, terminal.now());
    return { lines: [`Organisation ${id} is ${kind}.`], data: { id, kind } };
  },
};

/** Commands about organisations. */
export const ORGANISATION_COMMANDS: readonly Command[] = [ADD, LIST, KIND];
