import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file that node runs as the engine's process: the compiled neighbour of this file. When this file itself runs from source
 * (under jest), the few files of this folder are compiled by swc into node_modules/.cache first, once per content.
 */
export async function findEngineEntry(): Promise<string> {
  const here = dirname(fileURLToPath(import.meta.url));
  const compiled = join(here, 'engine-main.js');
  return existsSync(compiled) ? compiled : compileFromSource(here);
}

async function compileFromSource(folder: string): Promise<string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  const sources = names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const hash = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const target = join(folder, '../../../../node_modules/.cache/varde-engine', hash);
  if (!existsSync(target)) {
    const { transformSync } = await import('@swc/core');
    const building = `${target}.${process.pid}`;
    mkdirSync(building, { recursive: true });
    writeFileSync(join(building, 'package.json'), '{"type":"module"}');
    for (const { name, text } of sources) {
      const { code } = transformSync(text, {
        swcrc: false,
        module: { type: 'es6' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      });
      writeFileSync(join(building, name.replace(/ts$/, 'js')), code);
    }
    moveInto(building, target);
  }
  return join(target, 'engine-main.js');
}

/** Another process may have built the same at the same time: the first one counts. */
function moveInto(building: string, target: string): void {
  try {
    renameSync(building, target);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}
