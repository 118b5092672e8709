import {
  Conflict,
  DEVICE_KINDS,
  deviceNameOf,
  endWearer,
  NotFound,
  readDeviceByName,
  readDeviceLines,
  readWearers,
  revokeCredential,
  saveCredential,
  saveDevice,
  saveWearer,
  type MadeCredential,
} from '@varde/store';
import { UsageError, type Bench, type Command, type Typed } from './command.js';
import { readPage } from './cut.js';
import { COMMUNITY_OPTION, pickCommunity } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const showCredential = (code: string, { id, clientId, secret }: MadeCredential): string[] => [
  `Sign in   user name ${code}/${clientId}, client id ${clientId} (credential ${id})`,
  `Secret    ${secret}`,
  'It is shown this once only.',
];

const REGISTER: Command = {
  words: ['device', 'register'],
  args: '<name> --kind <kind> [--model <model>]',
  summary: 'Register a device and print its secret once',
  takes: [1, 1],
  options: {
    kind: { type: 'string', value: '<kind>', meaning: `one of ${DEVICE_KINDS.join(', ')}` },
    model: { type: 'string', value: '<model>', meaning: 'as printed on it' },
    'behind-gateway': { type: 'boolean', meaning: 'it never connects by itself: no credential is made' },
    ...COMMUNITY_OPTION,
  },
  run: async (typed, { manager, secretKey, terminal }) => {
    const name = deviceNameOf(typed.word(0, 'the name'));
    const kind = typed.needed('kind');
    const { id: communityId, code } = await pickCommunity(manager, typed.text('community'));
    const now = terminal.now();
    const made = await manager.transaction(async (tx) => {
      const id = await saveDevice(tx, { communityId, name, kind, model: typed.maybeWords('model', 200) }, now);
      const alone = !typed.has('behind-gateway');
      return { id, name, credential: alone ? await saveCredential(tx, { communityId, clientId: name }, secretKey, now) : null };
    });
    const lines = [`Device ${made.id}: ${name} (${kind})`, ...(made.credential ? showCredential(code, made.credential) : [])];
    return { lines, data: made };
  },
};

const LIST: Command = {
  words: ['device', 'list'],
  args: '',
  summary: 'List the devices and who wears them now',
  takes: [0, 0],
  options: { after: { type: 'string', value: '<id>', meaning: 'the last id of the page before; a page has 100' } },
  run: async (typed, { manager }) => {
    const { rows: devices, leftOut } = await readPage(typed, (page) => readDeviceLines(manager, null, page));
    const rows = devices.map((device) => [
      device.id,
      device.name,
      device.kind,
      device.wearers.map((each) => (each.userSlot === null ? each.patientId : `${each.patientId} (slot ${each.userSlot})`)).join(', ') ||
        null,
      device.batteryPercent === null ? null : `${device.batteryPercent} %`,
      formatMoment(device.statusAt),
    ]);
    return { lines: formatTable(['ID', 'NAME', 'KIND', 'PATIENT', 'BATTERY', 'LAST STATUS'], rows), data: devices, leftOut };
  },
};

async function deviceOf(typed: Typed, { manager }: Bench): Promise<{ deviceId: number; name: string }> {
  const name = deviceNameOf(typed.word(0, 'the device'));
  const community = await pickCommunity(manager, typed.text('community'));
  return { deviceId: (await readDeviceByName(manager, community.id, name)).id, name };
}

const ASSIGN: Command = {
  words: ['wearer', 'assign'],
  args: '<device> --patient <id> [--slot <slot>] [--from <moment>]',
  summary: 'Give a device to a patient',
  takes: [1, 1],
  options: {
    patient: { type: 'string', value: '<id>', meaning: 'who gets it' },
    slot: { type: 'string', value: '<slot>', meaning: 'user slot of a shared device' },
    from: { type: 'string', value: '<moment>', meaning: 'since when; default now, never in the future' },
    ...COMMUNITY_OPTION,
  },
  run: async (typed, bench) => {
    const { deviceId, name } = await deviceOf(typed, bench);
    const patientId = typed.whole('patient');
    if (patientId === null) throw new UsageError('--patient is missing');
    const now = bench.terminal.now();
    const wearer = { deviceId, patientId, userSlot: typed.whole('slot'), from: typed.moment('from') ?? now };
    const made = await saveWearer(bench.manager, wearer, now);
    return { lines: [`Patient ${patientId} wears ${name} from ${formatMoment(made.from)} (wearer ${made.id}).`], data: made };
  },
};

const END: Command = {
  words: ['wearer', 'end'],
  args: '<device> [--slot <slot>] [--at <moment>]',
  summary: 'Take a device back from who wears it',
  takes: [1, 1],
  options: {
    slot: { type: 'string', value: '<slot>', meaning: 'user slot of a shared device' },
    at: { type: 'string', value: '<moment>', meaning: 'when; default now, never in the future' },
    ...COMMUNITY_OPTION,
  },
  run: async (typed, bench) => {
    const { deviceId, name } = await deviceOf(typed, bench);
    const slot = typed.whole('slot');
    const running = (await readWearers(bench.manager, null, deviceId)).filter((wearer) => wearer.to === null);
    const [wearer, ...others] = slot === null ? running : running.filter((each) => each.userSlot === slot);
    if (wearer === undefined) throw new NotFound('wearer of device', name);
    if (others.length > 0) throw new Conflict(`${name} has several wearers; say which with --slot`);
    const now = bench.terminal.now();
    const ended = await endWearer(bench.manager, wearer.id, typed.moment('at') ?? now, now);
    return { lines: [`Patient ${ended.patientId} wears ${name} no more, from ${formatMoment(ended.to)}.`], data: ended };
  },
};

const NEW_CREDENTIAL: Command = {
  words: ['credential', 'new'],
  args: '<client id>',
  summary: 'Make a credential for a gateway or device: a first one, or a second to change to',
  takes: [1, 1],
  options: COMMUNITY_OPTION,
  run: async (typed, { manager, secretKey, terminal }) => {
    const { id: communityId, code } = await pickCommunity(manager, typed.text('community'));
    const owner = { communityId, clientId: deviceNameOf(typed.word(0, 'the client id')) };
    const made = await saveCredential(manager, owner, secretKey, terminal.now());
    return { lines: showCredential(code, made), data: made };
  },
};

const REVOKE_CREDENTIAL: Command = {
  words: ['credential', 'revoke'],
  args: '<credential id>',
  summary: 'Revoke a credential',
  takes: [1, 1],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const id = typed.id(0, 'the credential id');
    const { clientId } = await revokeCredential(manager, id, terminal.now());
    return { lines: [`${clientId} cannot sign in with credential ${id} any more.`], data: { id, clientId } };
  },
};

/** Commands about devices, their credentials and who wears them. */
export const DEVICE_COMMANDS: readonly Command[] = [REGISTER, LIST, ASSIGN, END, NEW_CREDENTIAL, REVOKE_CREDENTIAL];
