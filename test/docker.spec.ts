// No container engine runs the tests: what can be held to the code is held to the code, and the rest is said in the README.
import { existsSync, readFileSync } from 'node:fs';
import { readConfig, SETTINGS } from '../apps/varde/src/config.js';

const dockerfile = readFileSync('docker/Dockerfile', 'utf8');
const compose = readFileSync('docker/compose.yaml', 'utf8');
const example = readFileSync('docker/env.example', 'utf8');
const readme = readFileSync('README.md', 'utf8');
const known = new Set(SETTINGS.map(({ name }) => name));
/** Names that compose itself or the base images read. */
const NOT_OURS = new Set(['DATABASE_PASSWORD', 'COMPOSE_PROFILES', 'NODE_ENV', 'POSTGRES_USER', 'POSTGRES_DB', 'POSTGRES_PASSWORD']);

/** A block of compose.yaml by its name at some depth: its own line and everything indented further. */
function block(name: string, indent: number): string {
  const lines = compose.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${' '.repeat(indent)}${name}:`));
  if (start < 0) return '';
  const rest = lines.slice(start + 1);
  const length = rest.findIndex((line) => line.trim() !== '' && line.search(/\S/) <= indent);
  return [lines[start], ...rest.slice(0, length < 0 ? rest.length : length)].join('\n');
}

/** `NAME: value` pairs of a block, in block or flow style, without quotes. */
function settingsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/\b([A-Z][A-Z0-9_]+): ?('[^']*'|(?:\$\{[^}]*\}|[^,}\n])*)/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value.trim().replaceAll("'", '')]));
}

/** Values as they come out of docker/.env: `${NAME:?message}` and `${NAME:-default}` filled in. */
function fillIn(settings: Record<string, string>, env: Record<string, string>): Record<string, string> {
  const fill = (value: string): string =>
    value.replaceAll(/\$\{([A-Z_]+)(?::([?-])([^}]*))?\}/g, (_, name: string, how: string | undefined, rest: string | undefined) => {
      const given = env[name] ?? '';
      if (given === '' && how === '?') throw new Error(`compose needs ${name}: ${rest}`);
      return given === '' ? (rest ?? '') : given;
    });
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, fill(value)]));
}

const ENV = {
  DATABASE_PASSWORD: 'letters',
  VARDE_SECRET: 'thirty-two characters or more than that',
  MQTT_URL: 'mqtt://varde:letters@mosquitto:1883',
};
const services = [...block('services', 0).matchAll(/^ {2}([a-z-]+):$/gm)].map(([, name]) => name ?? '');
const ours = services.filter((name) => block(name, 2).includes('<<: *varde'));
const configOf = (name: string, env: Record<string, string> = {}) =>
  readConfig(fillIn({ ...settingsOf(block('x-settings', 0)), ...settingsOf(block(name, 2)) }, { ...ENV, ...env }));

test('every setting that the files name is one the code reads', () => {
  for (const text of [dockerfile, compose, example]) {
    const named = text.match(/\b(?:VARDE|MQTT|DATABASE|POSTGRES|COMPOSE|NODE)_[A-Z0-9_]+\b/g) ?? [];
    expect(named.filter((name) => !known.has(name) && !NOT_OURS.has(name))).toEqual([]);
  }
});

test('what env.example offers compose takes, and what compose cannot do without is offered', () => {
  const taken = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
  const needed = [...compose.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
  const offered = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(offered.filter((name) => ![...taken, 'COMPOSE_PROFILES'].includes(name))).toEqual([]);
  expect(needed.filter((name) => !offered.includes(name))).toEqual([]);
  for (const [, profile] of example.matchAll(/^COMPOSE_PROFILES=(.*)$/gm)) expect(compose).toContain(`profiles: ['${profile}']`);
});

test('a setting in docker/.env reaches the containers, but for those the containers themselves decide', () => {
  const decided = ['DATABASE_URL', 'VARDE_DATA_DIR', 'VARDE_ROLES', 'VARDE_METRICS_PORT', 'VARDE_HTTP_HOST', 'VARDE_HTTP_PORT'];
  decided.push('VARDE_HTTP_SECURE_COOKIE', 'VARDE_MQTT_HOST', 'VARDE_MQTT_PORT', 'VARDE_MQTT_WS_PORT', 'VARDE_MQTT_TLS_PORT');
  decided.push('MQTT_SHARE', 'MQTT_CLIENT');
  const passed = [...compose.matchAll(/\b([A-Z_]+): '?\$\{\1\b/g)].map(([, name]) => name);
  const reached = SETTINGS.filter(({ name }) => passed.includes(name)).map(({ name }) => name);
  expect(reached).toEqual(SETTINGS.map(({ name }) => name).filter((name) => !decided.includes(name)));
});

test('devices can speak to the broker over TLS, with files that stay on the machine and out of the image', () => {
  const files = { VARDE_MQTT_TLS_CERT: '/tls/broker.crt', VARDE_MQTT_TLS_KEY: '/tls/broker.key' };
  const { mqtt } = configOf('broker', files);
  expect([mqtt.tlsCertFile, mqtt.tlsKeyFile, mqtt.tlsPort]).toEqual(['/tls/broker.crt', '/tls/broker.key', 8883]);
  for (const name of ['broker', 'mosquitto']) {
    expect(block(name, 2)).toContain("'8883:8883'");
    expect(block(name, 2)).toContain("'./tls:/tls:ro'");
  }
  expect(block('broker', 2)).toContain("'told:/var/lib/varde'");
  for (const [, , file] of example.matchAll(/^# ?(VARDE_MQTT_TLS_\w+)=(.*)$/gm)) expect(file).toMatch(/^\/tls\//);
});

test('the processes are broker with ingest, watch, triage, and ingest behind an external broker; each starts with its settings', () => {
  expect(Object.fromEntries(ours.map((name) => [name, configOf(name).roles]))).toEqual({
    broker: ['broker', 'ingest'],
    watch: ['watch'],
    triage: ['triage'],
    ingest: ['ingest'],
  });
});

test('the command line of the README runs in a container that stands beside its broker, from a file that the image has', () => {
  const [, service = '', file] = /^alias varde='docker compose -f docker\/compose.yaml exec (\S+) node (\S+)'$/m.exec(readme) ?? [];
  expect(configOf(service).roles).toContain('broker');
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: { varde: string } };
  expect(file).toBe(bin.varde);
});

test('without a secret or a password compose does not start', () => {
  const settings = settingsOf(block('x-settings', 0));
  expect(() => fillIn(settings, { ...ENV, VARDE_SECRET: '' })).toThrow('VARDE_SECRET');
  expect(() => fillIn(settings, { ...ENV, DATABASE_PASSWORD: '' })).toThrow('DATABASE_PASSWORD');
});

test('ports that are published are listened on by everybody in the container, and answer for the health of each process', () => {
  for (const name of ours) {
    const { http, mqtt, roles, metricsPort } = configOf(name);
    expect([name, http.host, mqtt.host]).toEqual([name, '0.0.0.0', '0.0.0.0']);
    const health = roles.includes('triage') ? http.port : metricsPort;
    const published = [...block(name, 2).matchAll(/'(?:[\d.]+:)?\d+:(\d+)'/g)].map(([, port]) => Number(port));
    const listened = [health, ...(roles.includes('broker') ? [mqtt.port, mqtt.wsPort, mqtt.tlsPort] : [])];
    expect([name, published.filter((port) => !listened.includes(port))]).toEqual([name, []]);
    expect([name, health]).toEqual([name, 3000]);
  }
  expect(dockerfile).toContain('process.env.VARDE_METRICS_PORT || process.env.VARDE_HTTP_PORT || 3000');
  expect(configOf('triage').http.secureCookie).toBe(true);
});

test('the API is reached through the one proxy of this machine only, which arrives as the gateway of the containers and is believed', () => {
  const published = [...block('triage', 2).matchAll(/^ {4}ports: \[(.*)\]$/gm)].map(([, ports]) => ports);
  expect(published).toEqual(["'127.0.0.1:3000:3000'"]);
  expect(configOf('triage').http.proxies).toBe(1);
});

test('our containers write nothing, may nothing and are nobody', () => {
  const varde = block('x-varde', 0);
  for (const line of ['read_only: true', 'user: node', 'cap_drop: [ALL]', "security_opt: ['no-new-privileges:true']"]) {
    expect(varde).toContain(`\n  ${line}`);
  }
  for (const name of ours) expect(block(name, 2)).not.toMatch(/read_only|privileged|\buser:/);
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
  expect(last).toMatch(/^USER node$/m);
  expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('\nCMD '));
});

test('what keeps data keeps it in a named volume', () => {
  const volumes = [...block('volumes', 0).matchAll(/^ {2}([a-z-]+):/gm)].map(([, name]) => name);
  expect(block('database', 2)).toContain('data:/var/lib/postgresql/data');
  expect(block('mosquitto', 2)).toMatch(/\b[a-z]+:\/mosquitto\/data/);
  for (const [, name] of compose.matchAll(/['\s]([a-z]+):\/(?:var|mosquitto)/g)) expect(volumes).toContain(name);
});

test('the image copies what is there, and leaves at home what is not for it', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
  expect(copied.filter((path) => !existsSync(path))).toEqual([]);
  const built = [...dockerfile.matchAll(/^COPY --from=build (?:--\S+ )*\/varde\/(\S+) /gm)].map(([, path]) => path);
  expect(built).toEqual(['package.json', 'node_modules', 'dist']);
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string>; engines: { node: string } };
  expect(manifest.scripts).toHaveProperty('build');
  expect(dockerfile).toMatch(/^FROM node:20-/m);
  const left = (file: string): string[] => readFileSync(file, 'utf8').split('\n');
  expect(left('.dockerignore')).toEqual(expect.arrayContaining(['.git', 'node_modules', 'dist', '.varde', '**/.env']));
  for (const secret of ['docker/mosquitto.passwd', 'docker/tls', '.env']) {
    expect(left('.dockerignore').some((line) => line.endsWith(secret))).toBe(true);
    expect(left('.gitignore')).toContain(secret);
  }
});
