import {
  readExplanationFacts,
  readEpisodeLines,
  readEpisodeStory,
  readPatientLines,
  readReadingsOfMeasurements,
  readUnits,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { openCatalogue } from '../catalogue.js';
import { explain } from '../explanation/explanation.js';
import { LANGUAGES } from '../explanation/words.js';
import type { Command } from './command.js';
import { limitOption, readCut } from './cut.js';
import { knownPatient } from './pick.js';
import { formatMoment, formatTable } from './printed.js';
import { tellStory } from './story.js';

const LIST: Command = {
  words: ['episode', 'list'],
  args: '[--patient <id>] [--all] [--limit <n>]',
  summary: 'List the open episodes, gravest first, then newest',
  takes: [0, 0],
  options: {
    patient: { type: 'string', value: '<id>', meaning: 'only of this patient' },
    all: { type: 'boolean', meaning: 'closed ones too, after those that are open' },
    ...limitOption(100),
  },
  run: async (typed, { manager }) => {
    const patientId = await knownPatient(manager, typed.whole('patient'));
    const question = { patientId, includeClosed: typed.has('all') };
    const read = (limit: number) => readEpisodeLines(manager, { ...question, limit });
    const { rows: episodes, leftOut } = await readCut(typed, 100, (limit) => `gravest ${limit}`, read);
    const rows = episodes.map((each) => [
      each.id,
      each.patientId,
      each.severity,
      each.domains.join(','),
      formatMoment(each.openedAt),
      each.ownerUnit,
      stateOf(each),
    ]);
    return { lines: formatTable(['ID', 'PATIENT', 'SEVERITY', 'AREA', 'OPENED', 'OWNER', 'STATE'], rows), data: episodes, leftOut };
  },
};

function stateOf(episode: { closedAt: Date | null; acknowledgedAt: Date | null }): string {
  if (episode.closedAt !== null) return 'closed';
  return episode.acknowledgedAt === null ? 'waits' : 'acknowledged';
}

const STORY: Command = {
  words: ['episode', 'story'],
  args: '<id> [--lang nb|en] [--names]',
  summary: 'Tell how an episode came about and what happened: rules, limits, readings, steps, notices',
  takes: [1, 1],
  options: {
    lang: { type: 'string', value: 'nb|en', meaning: 'language of the words; default en' },
    names: { type: 'boolean', meaning: "with the patient's name" },
  },
  run: async (typed, { manager, terminal }) => {
    const language = typed.oneOf('lang', ['nb', 'en']) ?? 'en';
    const story = await readEpisodeStory(manager, await machineViewer(manager), typed.bigId(0, 'the episode'), terminal.now());
    const ids = [...new Set(story.findings.flatMap((finding) => finding.readingIds))];
    const readings = await readReadingsOfMeasurements(manager, ids);
    const { patientId } = story.episode;
    const name = typed.has('names') ? await nameOf(manager, patientId, terminal.now()) : null;
    const patient = name === null ? String(patientId) : `${patientId}, ${name}`;
    return { lines: tellStory(story, readings, patient, language), data: { ...story, readings, ...(name === null ? {} : { name }) } };
  },
};

const EXPLAIN: Command = {
  words: ['explain'],
  args: '<episode> [--lang nb|en]',
  summary: 'Explain why an episode is there: each rule with its version, limits and whose they are, readings, baseline, and the owner',
  takes: [1, 1],
  options: { lang: { type: 'string', value: 'nb|en', meaning: 'language of the words; default en' } },
  run: async (typed, { manager, terminal }) => {
    const catalogue = await openCatalogue();
    const given = { catalogue, now: terminal.now() };
    const facts = await readExplanationFacts(manager, await machineViewer(manager), typed.bigId(0, 'the episode'), given);
    const explanation = explain(facts, catalogue, typed.oneOf('lang', LANGUAGES) ?? 'en');
    return { lines: explanation.text, data: explanation };
  },
};

/** Who sits at the machine sees what every unit sees. */
async function machineViewer(manager: EntityManager): Promise<Viewer> {
  const units = await readUnits(manager);
  return { personId: 0, username: 'machine', name: 'machine', roles: ['operator'], unitIds: units.map((unit) => unit.id) };
}

async function nameOf(manager: EntityManager, patientId: number, now: Date): Promise<string> {
  const [line] = await readPatientLines(manager, { afterId: patientId - 1, limit: 1 }, now);
  return line?.name ?? '';
}

/** Commands about episodes. */
export const EPISODE_COMMANDS: readonly Command[] = [LIST, STORY, EXPLAIN];
