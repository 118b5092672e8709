import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { SETTINGS } from '../apps/varde/src/config.js';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const source = files.filter((file) => /[.]tsx?$/.test(file));
const text = (file: string): string => readFileSync(file, 'utf8');
/** The files of the project that a file imports. */
const importsOf = (file: string): readonly string[] =>
  [...text(file).matchAll(/\b(?:from|import) ?\(?'(?:@varde\/([a-z]+)|([.][^']+)[.]js)'/g)].map(([, lib, path]) =>
    lib === undefined ? posix.join(posix.dirname(file), `${path}.ts`) : `libs/${lib}/src/index.ts`,
  );
/** The names between the braces of an import or export. */
const namesIn = (list: string): readonly string[] =>
  list
    .split(',')
    .map((each) => each.trim().replace(/ as .*/, ''))
    .filter((each) => each !== '');

test('no folder or file is named for what it is not', () => {
  expect(source.filter((file) => /(^|\/)(common|shared|utils?|helpers?|core|misc|types|interfaces|manager)([./]|$)/.test(file))).toEqual(
    [],
  );
});

test('names are kebab-case', () => {
  expect(source.filter((file) => !/^[a-z0-9./-]+$/.test(file))).toEqual([]);
});

test('no source file is longer than 400 lines', () => {
  expect(source.filter((file) => text(file).split('\n').length > 401)).toEqual([]);
});

test('every room on the map in ARCHITECTURE.md is in the tree, and nothing else is', () => {
  const onMap = [...text('ARCHITECTURE.md').matchAll(/^- `((?:apps|libs|devices|test|docker|docs)(?:\/[a-z/-]+)?)`/gm)].map(
    (hit) => hit[1],
  );
  const room = /^((?:apps\/varde\/src|libs|devices)\/[^/]+)\/|^(docker|docs\/decisions|test\/[^/]+)\//;
  const inTree = [...new Set(files.flatMap((file) => room.exec(file)?.slice(1, 3).find(Boolean) ?? []))];
  expect(onMap.sort()).toEqual(inTree.sort());
});

test('the rules of who may know whom name every library and every folder of the service, and nothing else', () => {
  const named = [...text('.dependency-cruiser.cjs').matchAll(/^  ([a-z]+): \[.*\],$/gm)].map((hit) => hit[1]);
  const inTree = new Set(files.flatMap((file) => /^(?:libs|apps\/varde\/src)\/([^/]+)\//.exec(file)?.[1] ?? []));
  expect(named.sort()).toEqual([...inTree].sort());
});

test('pure libraries never ask the clock or chance', () => {
  const pure = source.filter((file) => /^libs\/(vitals|wire|plans|rules|alerts|routing|look)\/src\/.*(?<![.]spec)[.]ts$/.test(file));
  const asking = /\bDate[.]now\(|\bnew Date\(\)|\bMath[.]random\(|\bperformance[.]now\(|\bcrypto[.]/;
  expect(pure.filter((file) => asking.test(text(file)))).toEqual([]);
});

test('what only specs import is in test/: all else is reached from a program that is started', () => {
  const starts = [
    ...['main', 'cli', 'demo', 'preview/worker'].map((name) => `apps/varde/src/${name}.ts`),
    ...['devices/fleet/main.ts', 'devices/replay/main.ts', 'libs/store/src/embedded/engine-main.ts'],
  ];
  const reached = new Set(starts);
  for (const file of reached) for (const imported of importsOf(file)) reached.add(imported);
  expect(source.filter((file) => /^(apps|libs|devices)\/.*(?<![.]spec)[.]ts$/.test(file) && !reached.has(file))).toEqual([]);
});

test('a library has at its front door what somebody outside asks for', () => {
  const doors = source.filter((file) => /^libs\/[a-z]+\/src\/index[.]ts$/.test(file));
  const asked = new Set(
    source.flatMap((file) =>
      [...text(file).matchAll(/\bimport (?:type )?\{([^}]*)\} from '@varde\/([a-z]+)'/g)].flatMap(([, names = '', lib]) =>
        file.startsWith(`libs/${lib}/`) ? [] : namesIn(names).map((name) => `${lib} ${name.replace('type ', '')}`),
      ),
    ),
  );
  const kept = doors.flatMap((file) =>
    [...text(file).matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) =>
      namesIn(names)
        .filter((name) => !name.startsWith('type '))
        .map((name) => `${file.split('/')[1]} ${name}`),
    ),
  );
  expect(kept.length).toBeGreaterThan(0);
  // Types may stand there unasked: they are in the signatures of what is asked for.
  expect(kept.filter((name) => !asked.has(name))).toEqual([]);
});

test('no object is taken apart where it is written: the compiler would look over names it does not know', () => {
  const shipped = source.filter((file) => /^(libs|apps|devices)\//.test(file) && !file.endsWith('.spec.ts'));
  expect(shipped.length).toBeGreaterThan(0);
  expect(shipped.filter((file) => /\.\.\.\{/.test(text(file)))).toEqual([]);
});

test('an error goes to the log whole, and is cut down there: cut down twice, nothing would be left of it', () => {
  const cutting = source.filter((file) => !file.endsWith('.spec.ts') && importsOf(file).includes('apps/varde/src/loggable.ts'));
  // What ends the program is written without the log.
  expect(cutting).toEqual(['apps/varde/src/log.ts', 'apps/varde/src/run.ts']);
});

test('nothing is left open in the code', () => {
  const open = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
  expect(files.filter((file) => /[.](ts|sql|sh)$/.test(file) && open.test(text(file)))).toEqual([]);
});

test('the table of settings in the README is the one the code reads', () => {
  const inReadme = [...text('README.md').matchAll(/^\| `([A-Z_]+)`\s*\| (.*?)\s*\| (\S+)\s*\|$/gm)].map(([, name, meaning, fallback]) => ({
    name,
    meaning,
    fallback,
  }));
  const inCode = SETTINGS.map(({ name, meaning, fallback }) => ({ name, meaning, fallback: fallback === null ? '-' : `\`${fallback}\`` }));
  expect(inReadme).toEqual(inCode);
});

test('decision records are numbered without a gap', () => {
  const numbers = files.flatMap((file) => /^docs\/decisions\/(\d{4})-[a-z0-9-]+[.]md$/.exec(file)?.[1] ?? []).map(Number);
  expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
});

test('no two classes of the API share a name: its description would tell one of them for both', () => {
  const names = source
    .filter((file) => file.endsWith('.dto.ts'))
    .flatMap((file) => [...text(file).matchAll(/^(?:export )?class (\w+)/gm)].map(([, name]) => name));
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
});

test('a supervisor that ends `npm start` or `npm run demo` reaches the program: no shell stays between them', () => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
  for (const name of ['start', 'demo']) expect(scripts[name]).toMatch(/&& exec node [^&|;]+$/);
});
