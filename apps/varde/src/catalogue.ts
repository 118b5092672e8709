import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readQuestionnaires, type Questionnaires } from '@varde/plans';
import { readCatalogue, readNews2Chart, type Catalogue, type RuleEntry } from '@varde/rules';
import { NotFound } from '@varde/store';

/** The same places beside the sources and beside what is built from them. */
const LIBS = join(import.meta.dirname, '../../../libs');
const CATALOGUE = join(LIBS, 'rules/src/catalogue/rules-catalogue.json');
const NEWS2 = join(LIBS, 'rules/src/catalogue/news2.json');
const QUESTIONNAIRES = join(LIBS, 'plans/src/questionnaires/questionnaires.json');

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

/** Reads the rule catalogue and the NEWS2 chart. Throws CatalogueFaulty naming every fault: a bad rule or band is never skipped. */
export async function openCatalogue(): Promise<Catalogue> {
  return { ...readCatalogue(await readJson(CATALOGUE)), news2: readNews2Chart(await readJson(NEWS2)) };
}

/** The rule of an id, whether it is written for this program yet or not. @throws NotFound */
export function ruleOf({ entries }: Catalogue, ruleId: string): RuleEntry {
  const rule = entries.get(ruleId);
  if (rule === undefined) throw new NotFound('rule', ruleId);
  return rule;
}

/** Reads the questionnaires. Throws QuestionnairesFaulty naming every fault. */
export async function openQuestionnaires(): Promise<Questionnaires> {
  return readQuestionnaires(await readJson(QUESTIONNAIRES));
}
