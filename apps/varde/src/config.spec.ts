import { ConfigError, readConfig } from './config.js';

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
};

const PROXIES_FAULT =
  'VARDE_HTTP_PROXIES must be loopback, linklocal, uniquelocal, addresses or ranges such as 10.0.0.0/24 with commas between, or how many (1 to 9)';

test('an empty environment is a whole service on the embedded database', () => {
  expect(readConfig({})).toMatchObject({
    databaseUrl: null,
    roles: ['broker', 'ingest', 'watch', 'triage'],
    http: { host: '127.0.0.1', port: 3000 },
    mqtt: { port: 1883, packetBytesMax: 270_336, topicLevelsMax: 8 },
  });
});

test('every fault is named at once, and no value is shown', () => {
  const env = {
    DATABASE_URL: 'mysql://u:hunter2@h/d',
    VARDE_HTTP_PORT: 'hunter2',
    VARDE_ROLES: 'broker,hunter2',
    VARDE_LOG_LEVEL: 'hunter2',
  };
  expect(faultsOf(env)).toHaveLength(6);
  expect(() => readConfig(env)).toThrow(ConfigError);
  expect(faultsOf(env).join(' ')).not.toContain('hunter2');
});

test.each([
  [
    'a given database needs the key of the device credentials',
    { DATABASE_URL: 'postgres://h/d' },
    'VARDE_SECRET must be set when DATABASE_URL is',
  ],
  ['a short key is refused', { VARDE_SECRET: 'short' }, 'VARDE_SECRET must have at least 32 characters'],
  ['a broker alone would acknowledge what nobody stores', part('broker'), 'VARDE_ROLES with broker needs ingest in the same process'],
  ['ingest alone needs somebody to take readings from', part('ingest'), 'VARDE_ROLES with ingest but without broker needs MQTT_URL'],
  ['a certificate needs its key', { VARDE_MQTT_TLS_CERT: 'a.pem' }, 'VARDE_MQTT_TLS_CERT and VARDE_MQTT_TLS_KEY belong together'],
  [
    'an authority checks nobody without a certificate of our own',
    { VARDE_MQTT_TLS_CA: 'a.pem' },
    'VARDE_MQTT_TLS_CA needs VARDE_MQTT_TLS_CERT',
  ],
  ['a proxy is an address or a range, not a name', { VARDE_HTTP_PROXIES: 'loopback, proxy.example.no' }, PROXIES_FAULT],
  ['a range has no more bits than its address', { VARDE_HTTP_PROXIES: '10.0.0.0/33' }, PROXIES_FAULT],
  ['nobody stands behind no proxy', { VARDE_HTTP_PROXIES: '0' }, PROXIES_FAULT],
  [
    'a topic of the contract has seven levels',
    { VARDE_MQTT_TOPIC_LEVELS_MAX: '6' },
    'VARDE_MQTT_TOPIC_LEVELS_MAX must be a whole number from 7 to 100',
  ],
  ['a port above 65535 is no port', { VARDE_MQTT_PORT: '65536' }, 'VARDE_MQTT_PORT must be a whole number from 0 to 65535'],
])('%s', (_, env, fault) => {
  expect(faultsOf(env as Record<string, string>)).toEqual([fault]);
});

const TELL_FAULT =
  'VARDE_TELL knows https://..., mailto:name@example.no and sms:+4790000000, with commas between; http:// only on this machine';

test.each([
  ['without a way to send mail', 'mailto:vakt@example.no', 'VARDE_TELL with mailto: needs VARDE_SMTP_URL and VARDE_MAIL_FROM'],
  ['without a way to send text messages', 'sms:+4790000000', 'VARDE_TELL with sms: needs VARDE_SMS_URL and VARDE_SMS_TOKEN'],
  ['with several addresses nobody understands, once', 'ftp://one,gopher://two', TELL_FAULT],
  ['in the clear on another machine', 'http://vakt.example.no/told', TELL_FAULT],
  ['by what is no address', 'https://', TELL_FAULT],
])('who is told that the service is blind is refused %s', (_, tell, fault) => {
  expect(faultsOf({ VARDE_TELL: tell })).toEqual([fault]);
});

test('who is told by a webhook is taken over TLS, and on this machine without', () => {
  const addresses = ['https://vakt.example.no/told', 'http://127.0.0.1:8080/told', 'http://localhost/told'];
  expect(readConfig({ VARDE_TELL: addresses.join(' , ') }).tell.map(({ address }) => address)).toEqual(addresses);
});

test('who is told by mail and text message is taken where both can be sent', () => {
  const ways = { VARDE_SMTP_URL: 'smtp://u:p@h', VARDE_MAIL_FROM: 'v@h', VARDE_SMS_URL: 'https://h/sms', VARDE_SMS_TOKEN: 'x'.repeat(32) };
  expect(readConfig({ ...ways, VARDE_TELL: 'mailto:vakt@example.no,sms:+4790000000' }).tell).toHaveLength(2);
});

test.each([
  ['http://sms.example.no/send', ['VARDE_SMS_URL must be https://..., for the token goes with it; http:// only on this machine']],
  ['http://127.0.0.1:8080/send', []],
  ['https://sms.example.no/send', []],
])('the SMS gateway at %s', (url, faults) => {
  expect(faultsOf({ VARDE_SMS_URL: url, VARDE_SMS_TOKEN: 'x'.repeat(32) })).toEqual(faults);
});

test.each([
  ['DATABASE_URL', 'postgres://varde:pass#hunter2@h/d'],
  ['DATABASE_URL', 'postgres://varde:pass/hunter2@h/d'],
  ['DATABASE_URL', 'postgres:///hunter2'],
  ['MQTT_URL', 'mqtt://'],
  ['VARDE_SMTP_URL', 'smtp://'],
  ['VARDE_PUBLIC_URL', 'https://'],
])('%s=%s is no address, and is not shown', (name, value) => {
  const faults = faultsOf({ VARDE_SECRET: 'x'.repeat(32), [name]: value });
  expect(faults).toContain(`${name} is not an address with a host; in its password # is written %23, / %2F and @ %40`);
  expect(faults.join()).not.toContain('hunter2');
});

test.each([
  'postgres://varde@/varde?host=/run/postgresql&port=5433',
  'postgres://varde:a%23b@h:5432/d?sslmode=disable',
  'postgresql://h/d',
])('a database is found at %s', (databaseUrl) => expect(faultsOf({ DATABASE_URL: databaseUrl, VARDE_SECRET: 'x'.repeat(32) })).toEqual([]));

test.each([
  ['', ['loopback']],
  ['1', 1],
  ['loopback, 10.1.0.0/16,fd00::7', ['loopback', '10.1.0.0/16', 'fd00::7']],
])('VARDE_HTTP_PROXIES=%s is understood', (given, proxies) => {
  expect(readConfig({ VARDE_HTTP_PROXIES: given }).http.proxies).toEqual(proxies);
});

test('two listeners on one port are a fault, but for ports given out freely or not used', () => {
  const same = (names: string): string[] => [`${names} must be different ports`];
  expect(faultsOf({ VARDE_MQTT_PORT: '1884', VARDE_MQTT_WS_PORT: '1884' })).toEqual(same('VARDE_MQTT_PORT and VARDE_MQTT_WS_PORT'));
  expect(faultsOf({ VARDE_MQTT_WS_PORT: '3000' })).toEqual(same('VARDE_HTTP_PORT and VARDE_MQTT_WS_PORT'));
  const tls = { VARDE_MQTT_TLS_CERT: 'a.pem', VARDE_MQTT_TLS_KEY: 'b.pem', VARDE_MQTT_TLS_PORT: '1883' };
  expect(faultsOf(tls)).toEqual(same('VARDE_MQTT_PORT and VARDE_MQTT_TLS_PORT'));
  for (const env of [
    { VARDE_MQTT_PORT: '0', VARDE_MQTT_WS_PORT: '0', VARDE_HTTP_PORT: '0' },
    { VARDE_MQTT_PORT: 'none', VARDE_MQTT_WS_PORT: 'none' },
    { VARDE_MQTT_TLS_PORT: '1883' },
    { MQTT_URL: 'mqtt://h', VARDE_MQTT_WS_PORT: '1883' },
    { VARDE_MQTT_PORT: '3000', VARDE_MQTT_HOST: '10.0.0.1' },
  ]) {
    expect(faultsOf(env as Record<string, string>)).toEqual([]);
  }
});

test('naming an external broker takes the embedded one out of the default parts', () => {
  expect(readConfig({ MQTT_URL: 'mqtt://localhost' }).roles).toEqual(['ingest', 'watch', 'triage']);
});

function part(roles: string) {
  return { DATABASE_URL: 'postgres://h/d', VARDE_SECRET: 'x'.repeat(32), VARDE_ROLES: roles };
}
