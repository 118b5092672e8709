import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readQuestionnaires, type Questionnaires } from '@varde/plans';
import { readCatalogue, type Catalogue } from '@varde/rules';

/** The same places beside the sources and beside what is built from them. */
const LIBS = join(import.meta.dirname, '../../../libs');
const CATALOGUE = join(LIBS, 'rules/src/catalogue/rules-catalogue.json');
const QUESTIONNAIRES = join(LIBS, 'plans/src/questionnaires/questionnaires.json');

/** Reads the rule catalogue. Throws CatalogueFaulty naming every fault: a bad rule is never skipped. */
export async function openCatalogue(): Promise<Catalogue> {
  return readCatalogue(JSON.parse(await readFile(CATALOGUE, 'utf8')));
}

/** Reads the questionnaires. Throws QuestionnairesFaulty naming every fault. */
export async function openQuestionnaires(): Promise<Questionnaires> {
  return readQuestionnaires(JSON.parse(await readFile(QUESTIONNAIRES, 'utf8')));
}
