import { isIP, isIPv6 } from 'node:net';
import { isSealed } from '@varde/store';

/** The parts one process can play; all of them by default. */
const ROLES = ['broker', 'ingest', 'watch', 'triage'] as const;
/** One part of the service: a device connects, a message comes, a clock runs out, a person acts. */
export type Role = (typeof ROLES)[number];

/** One row of the README's table of settings; `fallback` null means there is none. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly fallback: string | null;
  readonly secret: boolean;
}

/** Every setting the service reads, in the order of the README's table; a test compares the two. */
export const SETTINGS: readonly Setting[] = [
  setting('DATABASE_URL', 'TimescaleDB to use; without it an embedded one for trying and developing is started', null, true),
  setting('VARDE_DATA_DIR', 'folder of the embedded database and its generated secret', '.varde'),
  setting('VARDE_ROLES', 'parts this process plays, of broker, ingest, watch, triage; all but broker when MQTT_URL is set, else all', null),
  setting('VARDE_SECRET', 'key of the device credentials, at least 32 characters; must be set when DATABASE_URL is', null, true),
  setting('VARDE_HTTP_HOST', 'address the API listens on', '127.0.0.1'),
  setting('VARDE_HTTP_PORT', 'port of the API', '3000'),
  setting('VARDE_HTTP_SECURE_COOKIE', 'send the session cookie over HTTPS only: true or false', 'false'),
  setting(
    'VARDE_HTTP_PROXIES',
    'proxies in front that are believed about where a request comes from: addresses or ranges, loopback, uniquelocal, or how many',
    'loopback',
  ),
  setting('VARDE_MQTT_HOST', 'address the broker listens on', '127.0.0.1'),
  setting('VARDE_MQTT_PORT', 'port for MQTT over TCP, 0 for any free one, none to switch it off', '1883'),
  setting('VARDE_MQTT_WS_PORT', 'the same for MQTT over WebSocket', '8083'),
  setting('VARDE_MQTT_TLS_PORT', 'port for MQTT over TLS, used when a certificate is given', '8883'),
  setting('VARDE_MQTT_TLS_CERT', 'file with the broker certificate (PEM)', null),
  setting('VARDE_MQTT_TLS_KEY', 'file with its private key (PEM)', null),
  setting('VARDE_MQTT_TLS_CA', 'file with the authority that signs client certificates (PEM)', null),
  setting(
    'VARDE_MQTT_TLS_CRL',
    'file with the certificates that authority has revoked (PEM), read again as it changes; it must be in date',
    null,
  ),
  setting('MQTT_URL', 'external MQTT 5 broker to take readings from instead of the embedded one', null, true),
  setting('MQTT_SHARE', 'name of the shared subscription that several ingest processes form', 'varde'),
  setting('MQTT_CLIENT', 'this process among those of one host behind an external broker; the same after a restart', '1'),
  setting('VARDE_METRICS_PORT', 'port of /metrics and /health for processes without the triage part, 0 for none', '0'),
  setting('VARDE_MQTT_PACKET_BYTES_MAX', 'largest MQTT packet, in bytes', '270336'),
  setting('VARDE_MQTT_TOPIC_LEVELS_MAX', 'levels of a topic; those of the contract have up to 7', '8'),
  setting('VARDE_MQTT_CONNECTIONS_MAX', 'connections at once; of one credential never more than one, a new one ends the old', '12000'),
  setting('VARDE_MQTT_IN_FLIGHT_MAX', 'unanswered messages per client', '100'),
  setting(
    'VARDE_MQTT_MESSAGES_PER_SEC_MAX',
    'messages per second per client over the long run; a backlog of 200 seconds may come at once',
    '100',
  ),
  setting('VARDE_MQTT_CONNECTS_PER_SEC_MAX', 'connections per second from one address over the long run', '250'),
  setting('VARDE_MQTT_CONNECT_TIMEOUT_MS', 'time a client has to sign in', '5000'),
  setting('VARDE_WATCH_BATCH', 'patients one watcher looks at in one transaction', '200'),
  setting('VARDE_WATCH_REST_MS', 'how long a patient is not looked at again only because more readings come, in ms', '1000'),
  setting(
    'VARDE_TELL',
    'who is told beside units when the service is blind: https://, mailto: and sms: addresses with commas between',
    null,
  ),
  setting('VARDE_TELL_KEY', 'key the messages to the https:// addresses of VARDE_TELL are signed with', null, true),
  setting('VARDE_SELF_TEST_MINUTES', 'how often a made-up patient walks the whole chain, 0 for never', '60'),
  setting('VARDE_SESSION_HOURS', 'how long a sign-in lasts', '10'),
  setting('VARDE_PUBLIC_URL', 'address people sign in at, written into e-mails and text messages', null),
  setting('VARDE_SMTP_URL', 'mail server for notices, smtp:// or smtps:// with user and password', null, true),
  setting('VARDE_MAIL_FROM', 'sender of notices by e-mail', null),
  setting('VARDE_SMS_URL', 'SMS gateway for notices (docs/sms.md)', null),
  setting('VARDE_SMS_TOKEN', 'what the SMS gateway knows us by, and signs its receipts with', null, true),
  setting('VARDE_LOG_LEVEL', 'trace, debug, info, warn, error or silent', 'info'),
];

function setting(name: string, meaning: string, fallback: string | null, secret = false): Setting {
  return { name, meaning, fallback, secret };
}

/** Somewhere people are told that the service is blind. */
export interface TellAddress {
  readonly channel: 'webhook' | 'email' | 'sms';
  readonly address: string;
  /** Key of a webhook's signature; null: it is not signed. */
  readonly signingSecret: string | null;
}

/** Everything the service reads from outside, once, at start. */
export interface Config {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly roles: readonly Role[];
  /** Null: generate one and keep it in the data directory (embedded database only). */
  readonly secret: string | null;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly secureCookie: boolean;
    /** Who is believed about where a request comes from: so many proxies in a row, or those at these addresses. */
    readonly proxies: number | readonly string[];
  };
  readonly mqtt: {
    readonly host: string;
    /** Null: switched off. */
    readonly port: number | null;
    readonly wsPort: number | null;
    readonly tlsPort: number;
    readonly tlsCertFile: string | null;
    readonly tlsKeyFile: string | null;
    readonly tlsCaFile: string | null;
    readonly tlsCrlFile: string | null;
    readonly packetBytesMax: number;
    readonly topicLevelsMax: number;
    readonly connectionsMax: number;
    readonly inFlightMax: number;
    readonly messagesPerSecMax: number;
    readonly connectsPerAddressPerSecMax: number;
    readonly connectTimeoutMs: number;
  };
  readonly externalMqttUrl: string | null;
  readonly externalMqttShare: string;
  readonly externalMqttClient: string;
  readonly metricsPort: number;
  readonly watchBatch: number;
  readonly watchRestMs: number;
  /** Who is told that the service is blind, whatever the database knows. */
  readonly tell: readonly TellAddress[];
  /** 0: no made-up patient walks the chain. */
  readonly selfTestMinutes: number;
  readonly sessionHours: number;
  readonly logLevel: string;
  /** Null: messages name no address. */
  readonly publicUrl: string | null;
  /** Null: no e-mail can be sent. */
  readonly mail: { readonly url: string; readonly from: string } | null;
  /** Null: no text message can be sent. */
  readonly sms: { readonly url: string; readonly token: string } | null;
}

/** The settings cannot be used; the message names every fault and shows no value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(`these settings cannot be used: ${faults.join('; ')}`);
  }
}

type Env = Readonly<Record<string, string | undefined>>;

/** A database on this machine may be named by the folder of its socket: `postgres://user@/name?host=/folder`. */
function namesHost(address: string): boolean {
  const whole = address.replace('@/', '@socket/');
  if (!URL.canParse(whole)) return false;
  const { hostname, searchParams } = new URL(whole);
  return whole === address ? hostname !== '' || searchParams.has('host') : searchParams.has('host');
}

function reader(env: Env, faults: string[]) {
  const fallbacks = new Map(SETTINGS.map((each) => [each.name, each.fallback]));
  const raw = (name: string): string | null => {
    if (!fallbacks.has(name)) throw new Error(`${name} is not in SETTINGS`);
    const given = env[name]?.trim();
    return given === undefined || given === '' ? (fallbacks.get(name) ?? null) : given;
  };
  const text = (name: string): string => raw(name) ?? '';
  const count = (name: string, min: number, max: number): number => {
    const value = Number(raw(name));
    if (!Number.isInteger(value) || value < min || value > max) faults.push(`${name} must be a whole number from ${min} to ${max}`);
    return value;
  };
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T => {
    const value = text(name) as T;
    if (!allowed.includes(value)) faults.push(`${name} must be one of ${allowed.join(', ')}`);
    return value;
  };
  const url = (name: string, schemes: readonly string[]): string | null => {
    const value = raw(name);
    if (value === null) return null;
    if (!schemes.some((scheme) => value.startsWith(`${scheme}://`))) {
      faults.push(`${name} must begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
    } else if (!namesHost(value)) {
      faults.push(`${name} is not an address with a host; in its password # is written %23, / %2F and @ %40`);
    }
    return value;
  };
  return { raw, text, count, oneOf, url };
}

const KNOWN_NETWORKS = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** An address, with or without the bits of its range. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  if (isIP(address) === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32));
}

function readProxies(text: string, faults: string[]): number | readonly string[] {
  if (/^[1-9]$/.test(text)) return Number(text);
  const named = text.split(',').map((each) => each.trim());
  if (!named.every((each) => KNOWN_NETWORKS.has(each) || isNetwork(each))) {
    faults.push(
      `VARDE_HTTP_PROXIES must be ${[...KNOWN_NETWORKS].join(', ')}, addresses or ranges such as 10.0.0.0/24 with commas between, or how many (1 to 9)`,
    );
  }
  return named;
}

function readRoles(list: string | null, external: boolean, faults: string[]): Role[] {
  if (list === null) return ROLES.filter((role) => !(external && role === 'broker'));
  const named = list.split(',').map((each) => each.trim());
  if (named.some((each) => !ROLES.includes(each as Role))) faults.push(`VARDE_ROLES knows only ${ROLES.join(', ')}`);
  return ROLES.filter((role) => named.includes(role));
}

/** Addresses with commas between: `https://...` (`http://` only on the same machine), `mailto:name@example.no`, `sms:+4790000000`. */
function readTell(list: string | null, key: string | null, faults: string[]): TellAddress[] {
  const given = (list ?? '').split(',').map((each) => each.trim());
  return given
    .filter((each) => each !== '')
    .flatMap((each): TellAddress[] => {
      if (isSealed(each)) return [{ channel: 'webhook', address: each, signingSecret: key }];
      const [, scheme, address = ''] = /^(mailto|sms):(\S+)$/.exec(each) ?? [];
      if (scheme === 'mailto' && address.includes('@')) return [{ channel: 'email', address, signingSecret: null }];
      if (scheme === 'sms' && /^\+\d{6,15}$/.test(address)) return [{ channel: 'sms', address, signingSecret: null }];
      faults.push(
        'VARDE_TELL knows https://..., mailto:name@example.no and sms:+4790000000, with commas between; http:// only on this machine',
      );
      return [];
    });
}

/** A way to send needs both of its settings. */
function readSenders({ raw, url }: Pick<ReturnType<typeof reader>, 'raw' | 'url'>, faults: string[]): Pick<Config, 'mail' | 'sms'> {
  const [smtp, from] = [url('VARDE_SMTP_URL', ['smtp', 'smtps']), raw('VARDE_MAIL_FROM')];
  const [gateway, token] = [url('VARDE_SMS_URL', ['https', 'http']), raw('VARDE_SMS_TOKEN')];
  if ((smtp === null) !== (from === null)) faults.push('VARDE_SMTP_URL and VARDE_MAIL_FROM belong together');
  if ((gateway === null) !== (token === null)) faults.push('VARDE_SMS_URL and VARDE_SMS_TOKEN belong together');
  if (gateway !== null && !isSealed(gateway))
    faults.push('VARDE_SMS_URL must be https://..., for the token goes with it; http:// only on this machine');
  if (token !== null && token.length < 32) faults.push('VARDE_SMS_TOKEN must have at least 32 characters');
  return {
    mail: smtp === null || from === null ? null : { url: smtp, from },
    sms: gateway === null || token === null ? null : { url: gateway, token },
  };
}

function checkTogether(config: Config, faults: string[]): void {
  const { mqtt, tell } = config;
  if (config.databaseUrl !== null && config.secret === null) faults.push('VARDE_SECRET must be set when DATABASE_URL is');
  if (config.secret !== null && config.secret.length < 32) faults.push('VARDE_SECRET must have at least 32 characters');
  checkRoles(config, faults);
  if ((mqtt.tlsCertFile === null) !== (mqtt.tlsKeyFile === null)) faults.push('VARDE_MQTT_TLS_CERT and VARDE_MQTT_TLS_KEY belong together');
  else if (mqtt.tlsCaFile !== null && mqtt.tlsCertFile === null) faults.push('VARDE_MQTT_TLS_CA needs VARDE_MQTT_TLS_CERT');
  if (mqtt.tlsCrlFile !== null && mqtt.tlsCaFile === null) faults.push('VARDE_MQTT_TLS_CRL needs VARDE_MQTT_TLS_CA');
  const isTold = (by: TellAddress['channel']): boolean => tell.some(({ channel }) => channel === by);
  if (isTold('email') && config.mail === null) faults.push('VARDE_TELL with mailto: needs VARDE_SMTP_URL and VARDE_MAIL_FROM');
  if (isTold('sms') && config.sms === null) faults.push('VARDE_TELL with sms: needs VARDE_SMS_URL and VARDE_SMS_TOKEN');
  checkPorts(config, faults);
}

function checkRoles({ roles, externalMqttUrl }: Config, faults: string[]): void {
  if (roles.includes('broker') && externalMqttUrl !== null) faults.push('VARDE_ROLES must leave out broker when MQTT_URL is set');
  if (roles.includes('broker') && !roles.includes('ingest')) faults.push('VARDE_ROLES with broker needs ingest in the same process');
  if (roles.includes('ingest') && !roles.includes('broker') && externalMqttUrl === null) {
    faults.push('VARDE_ROLES with ingest but without broker needs MQTT_URL');
  }
}

function checkPorts({ roles, http, mqtt, metricsPort }: Config, faults: string[]): void {
  const api = roles.includes('triage') ? { name: 'VARDE_HTTP_PORT', port: http.port } : { name: 'VARDE_METRICS_PORT', port: metricsPort };
  const broker = [
    { name: 'VARDE_MQTT_PORT', port: mqtt.port },
    { name: 'VARDE_MQTT_WS_PORT', port: mqtt.wsPort },
    { name: 'VARDE_MQTT_TLS_PORT', port: mqtt.tlsCertFile === null ? null : mqtt.tlsPort },
  ].map((each) => ({ ...each, host: mqtt.host }));
  const all = [{ ...api, host: http.host }, ...(roles.includes('broker') ? broker : [])].filter(({ port }) => port !== null && port > 0);
  for (const [at, one] of all.entries()) {
    const other = all.slice(at + 1).find(({ host, port }) => host === one.host && port === one.port);
    if (other !== undefined) faults.push(`${one.name} and ${other.name} must be different ports`);
  }
}

/** Reads the settings from the environment. Throws ConfigError naming every fault at once. */
export function readConfig(env: Env): Config {
  const faults: string[] = [];
  const { raw, text, count, oneOf, url } = reader(env, faults);
  const config: Config = {
    databaseUrl: url('DATABASE_URL', ['postgres', 'postgresql']),
    dataDir: text('VARDE_DATA_DIR'),
    roles: readRoles(raw('VARDE_ROLES'), raw('MQTT_URL') !== null, faults),
    secret: raw('VARDE_SECRET'),
    http: {
      host: text('VARDE_HTTP_HOST'),
      port: count('VARDE_HTTP_PORT', 0, 65_535),
      secureCookie: oneOf('VARDE_HTTP_SECURE_COOKIE', ['true', 'false']) === 'true',
      proxies: readProxies(text('VARDE_HTTP_PROXIES'), faults),
    },
    mqtt: {
      host: text('VARDE_MQTT_HOST'),
      port: raw('VARDE_MQTT_PORT') === 'none' ? null : count('VARDE_MQTT_PORT', 0, 65_535),
      wsPort: raw('VARDE_MQTT_WS_PORT') === 'none' ? null : count('VARDE_MQTT_WS_PORT', 0, 65_535),
      tlsPort: count('VARDE_MQTT_TLS_PORT', 0, 65_535),
      tlsCertFile: raw('VARDE_MQTT_TLS_CERT'),
      tlsKeyFile: raw('VARDE_MQTT_TLS_KEY'),
      tlsCaFile: raw('VARDE_MQTT_TLS_CA'),
      tlsCrlFile: raw('VARDE_MQTT_TLS_CRL'),
      packetBytesMax: count('VARDE_MQTT_PACKET_BYTES_MAX', 4_096, 1_048_576),
      topicLevelsMax: count('VARDE_MQTT_TOPIC_LEVELS_MAX', 7, 100),
      connectionsMax: count('VARDE_MQTT_CONNECTIONS_MAX', 1, 1_000_000),
      inFlightMax: count('VARDE_MQTT_IN_FLIGHT_MAX', 1, 10_000),
      messagesPerSecMax: count('VARDE_MQTT_MESSAGES_PER_SEC_MAX', 1, 100_000),
      connectsPerAddressPerSecMax: count('VARDE_MQTT_CONNECTS_PER_SEC_MAX', 1, 100_000),
      connectTimeoutMs: count('VARDE_MQTT_CONNECT_TIMEOUT_MS', 100, 60_000),
    },
    externalMqttUrl: url('MQTT_URL', ['mqtt', 'mqtts', 'ws', 'wss']),
    externalMqttShare: text('MQTT_SHARE'),
    externalMqttClient: text('MQTT_CLIENT'),
    metricsPort: count('VARDE_METRICS_PORT', 0, 65_535),
    watchBatch: count('VARDE_WATCH_BATCH', 1, 2_000),
    watchRestMs: count('VARDE_WATCH_REST_MS', 0, 60_000),
    tell: readTell(raw('VARDE_TELL'), raw('VARDE_TELL_KEY'), faults),
    selfTestMinutes: count('VARDE_SELF_TEST_MINUTES', 0, 1_440),
    sessionHours: count('VARDE_SESSION_HOURS', 1, 24),
    logLevel: oneOf('VARDE_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    publicUrl: url('VARDE_PUBLIC_URL', ['https', 'http']),
    ...readSenders({ raw, url }, faults),
  };
  checkTogether(config, faults);
  if (faults.length > 0) throw new ConfigError([...new Set(faults)]);
  return config;
}
