import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The program itself, as it was built, beside clinical files with a fault in them.
const ROOT = join(import.meta.dirname, '..');
// Not built (npm run build): there is no program to start.
const whenBuilt = existsSync(join(ROOT, 'dist/apps/varde/src/main.js')) ? test : test.skip;

type Json = Record<string, unknown>;
interface Catalogue extends Json {
  readonly rules: readonly (Json & { readonly id: string })[];
}
const ruleOf = (file: Json, id: string): Json => (file as Catalogue).rules.find((rule) => rule.id === id) ?? {};
const RULES = 'rules/src/catalogue/rules-catalogue.json';
const NEWS2 = 'rules/src/catalogue/news2.json';
const QUESTIONNAIRES = 'plans/src/questionnaires/questionnaires.json';

let program: string;
beforeAll(() => {
  program = mkdtempSync(join(tmpdir(), 'varde-faulty-'));
  if (!existsSync(join(ROOT, 'dist'))) return;
  for (const part of ['apps', 'libs']) cpSync(join(ROOT, 'dist', part), join(program, part), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(program, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(program, 'node_modules'));
});
afterAll(() => rmSync(program, { recursive: true, force: true }));

/** Starts the program with a file changed, and puts the file back. No database is there: it must not come so far. */
function startWith(file: string, change: (json: Json) => void): { readonly exit: number | null; readonly said: string } {
  const path = join(program, 'libs', file);
  const before = readFileSync(path, 'utf8');
  const json = JSON.parse(before) as Json;
  change(json);
  writeFileSync(path, JSON.stringify(json));
  const env = {
    ...{ PATH: process.env['PATH'], DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    ...{ VARDE_SECRET: 'a key for tests, of no use elsewhere', VARDE_DATA_DIR: program },
  };
  const { status, stderr } = spawnSync(process.execPath, [join(program, 'apps/varde/src/main.js')], { env, encoding: 'utf8' });
  writeFileSync(path, before);
  return { exit: status, said: stderr };
}

whenBuilt.each<[string, string, (json: Json) => void, string]>([
  [
    'an unknown trigger kind',
    RULES,
    (json) => (ruleOf(json, 'gen.temp.high')['trigger'] = { kind: 'slope' }),
    'gen.temp.high.trigger.kind: "slope" is unknown',
  ],
  [
    'an unknown parameter',
    RULES,
    (json) => ((ruleOf(json, 'gen.temp.high')['trigger'] as Json)['limit'] = '$warm'),
    'gen.temp.high.trigger.limit: $warm',
  ],
  [
    'a rule that nobody knows',
    RULES,
    (json) => ((json['supersedes'] as Json)['gen.temp.high'] = ['gen.temp.warm']),
    'supersedes.gen.temp.high: gen.temp.warm is no rule',
  ],
  ['a chart without its parts', NEWS2, (json) => delete json['parameters'], 'parameters'],
  ['questionnaires without any', QUESTIONNAIRES, (json) => delete json['questionnaires'], 'questionnaires'],
])(
  'the program does not start with %s, and says what is wrong in one line',
  (_name, file, change, says) => {
    const { exit, said } = startWith(file, change);
    expect(exit).toBe(2);
    expect(said).toMatch(/^varde: [^\n]+\n$/);
    expect(said).toContain(says);
  },
  120_000,
);
