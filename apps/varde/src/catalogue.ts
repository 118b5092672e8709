import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCatalogue, type Catalogue } from '@varde/rules';

/** The same place beside the sources and beside what is built from them. */
const FILE = join(import.meta.dirname, '../../../libs/rules/src/catalogue/rules-catalogue.json');

/** Reads the rule catalogue. Throws CatalogueFaulty naming every fault: a bad rule is never skipped. */
export async function openCatalogue(): Promise<Catalogue> {
  return readCatalogue(JSON.parse(await readFile(FILE, 'utf8')));
}
