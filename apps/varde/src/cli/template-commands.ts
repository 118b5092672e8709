import { randomBytes } from 'node:crypto';
import { hashPassword } from '../password.js';
import { applyTemplate } from '../templates/apply-template.js';
import { checkTemplate } from '../templates/check-template.js';
import { TemplateFaulty } from '../templates/place.js';
import { openTemplate, readTemplateNames } from '../templates/read-template.js';
import type { Command } from './command.js';
import { formatTable } from './printed.js';

const LIST: Command = {
  words: ['template', 'list'],
  args: '',
  summary: 'List the kinds of health community that can be set up in one go',
  takes: [0, 0],
  options: {},
  run: async () => {
    const templates = await Promise.all((await readTemplateNames()).map((name) => openTemplate(name)));
    const data = templates.map(({ name, code, community, about, units, patients }) => {
      return { name, code, community, about, units: units.length, patients: patients.length };
    });
    return {
      lines: formatTable(
        ['NAME', 'CODE', 'WHAT'],
        data.map(({ name, code, about }) => [name, code, about.en]),
      ),
      data,
    };
  },
};

const CHECK: Command = {
  words: ['template', 'check'],
  args: '<name>',
  summary: 'Read a template, walk its pathway at every hour of a year, and name every fault by file and place',
  takes: [1, 1],
  options: {},
  run: async (typed, { terminal }) => {
    const template = await openTemplate(typed.word(0, 'the name'));
    const { name, organisations, units, people, patients, story } = template;
    const holes = checkTemplate(template, terminal.now());
    const said = holes.map(({ where, problem }) => `${where}: ${problem}`);
    if (holes.some(({ blocking }) => blocking))
      throw new TemplateFaulty(
        name,
        said.map((hole) => `pathway.json: ${hole}`),
      );
    const counted = {
      organisations: organisations.length,
      units: units.length,
      people: people.length,
      patients: patients.length,
      chapters: story.length,
    };
    const parts = Object.entries(counted).map(([what, count]) => `${count} ${what}`);
    return {
      lines: [`${name} is sound: ${parts.join(', ')}.`, ...said.map((hole) => `  ${hole}`)],
      data: { name, ...counted, warnings: said },
    };
  },
};

const APPLY: Command = {
  words: ['template', 'apply'],
  args: '<name> [--code <code>]',
  summary: 'Set up a made-up health community of this kind: units, people, pathway and patients',
  takes: [1, 1],
  options: {
    code: { type: 'string', value: '<code>', meaning: "code of the community in every topic; default the template's own" },
  },
  run: async (typed, { manager, terminal }) => {
    const template = await openTemplate(typed.word(0, 'the name'));
    const passwords = new Map<string, string>();
    const applied = await applyTemplate(manager, template, {
      code: typed.text('code'),
      now: terminal.now(),
      passwordHashOf: (username) => {
        const password = randomBytes(15).toString('base64url');
        passwords.set(username, password);
        return hashPassword(password);
      },
    });
    const signIns = template.people.map(({ key, roles, units }) => {
      const username = applied.people.get(key)?.username ?? '';
      return { username, password: passwords.get(username) ?? '', roles, units };
    });
    const { communityId, code, patients } = applied;
    const rows = signIns.map(({ username, password, roles, units }) => [username, password, roles.join(','), units.join(',')]);
    const lines = [
      `Community ${code} (${template.community}) with ${applied.units.size} units and ${patients.size} patients.`,
      ...formatTable(['USERNAME', 'PASSWORD', 'ROLES', 'UNITS'], rows),
      'The passwords are shown this once only.',
    ];
    return { lines, data: { communityId, code, patients: Object.fromEntries(patients), signIns } };
  },
};

/** Commands about templates. */
export const TEMPLATE_COMMANDS: readonly Command[] = [LIST, CHECK, APPLY];
