import { randomBytes } from 'node:crypto';
import {
  askContactTest,
  confirmContact,
  CONTACT_CHANNELS,
  readPersonByUsername,
  readUnitContacts,
  removeContact,
  saveContact,
  type KeptContact,
} from '@varde/store';
import { UsageError, type Command } from './command.js';
import { formatMoment, formatTable } from './printed.js';

const SECRET_BYTES = 32;

const LIST: Command = {
  words: ['contact', 'list'],
  args: '<unit id>',
  summary: "List a unit's contacts and when each was tested",
  takes: [1, 1],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const contacts = await readUnitContacts(manager, typed.id(0, 'the unit'), terminal.now());
    const rows = contacts.map((each) => [
      each.id,
      each.person ?? 'the unit',
      each.channel,
      each.address,
      formatMoment(each.testedAt),
      sayTest(each.test),
    ]);
    return { lines: formatTable(['ID', 'REACHES', 'CHANNEL', 'ADDRESS', 'TESTED', 'CODE'], rows), data: contacts };
  },
};

/** What became of a code that waits for an answer. */
function sayTest(test: KeptContact['test']): string | null {
  if (test === null) return null;
  if (test.givenUpAt !== null) return 'could not be sent';
  return test.sentAt === null ? 'waits to be sent' : `sent ${formatMoment(test.sentAt)}`;
}

const ADD: Command = {
  words: ['contact', 'add'],
  args: '<unit id> --channel <channel> --address <address> [--person <username>]',
  summary: 'Add a way to reach a unit or one of its people; a webhook gets a secret, shown once',
  takes: [1, 1],
  options: {
    channel: { type: 'string', value: '<channel>', meaning: `one of ${CONTACT_CHANNELS.join(', ')}` },
    address: { type: 'string', value: '<address>', meaning: 'a number with its country (+47...), of mail, or of a webhook' },
    person: { type: 'string', value: '<username>', meaning: 'whom it reaches; left out: the unit as a whole' },
  },
  run: async (typed, { manager, terminal }) => {
    const unitId = typed.id(0, 'the unit');
    const channel = typed.oneOf('channel', CONTACT_CHANNELS);
    if (channel === null) throw new UsageError(`--channel is missing: one of ${CONTACT_CHANNELS.join(', ')}`);
    const username = typed.text('person');
    const personId = username === null ? null : (await readPersonByUsername(manager, username)).id;
    const signingSecret = channel === 'webhook' ? randomBytes(SECRET_BYTES).toString('base64url') : null;
    const contact = { unitId, personId, channel, address: typed.words('address', 2_000), signingSecret };
    const id = await saveContact(manager, contact, null, terminal.now());
    const lines = [
      `Contact ${id}: ${channel} ${contact.address}, not tested yet; send a code with: varde contact test ${id}`,
      ...(signingSecret === null ? [] : [`Secret    ${signingSecret} (shown this once)`]),
    ];
    return { lines, data: { id, unitId, personId, channel, address: contact.address, signingSecret } };
  },
};

const TEST: Command = {
  words: ['contact', 'test'],
  args: '<contact id>',
  summary: 'Have a running service send a code to a contact',
  takes: [1, 1],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const id = typed.id(0, 'the contact');
    const expiresAt = await askContactTest(manager, id, null, terminal.now());
    return { lines: [`A running service sends a code now; it is good until ${formatMoment(expiresAt)}.`], data: { id, expiresAt } };
  },
};

const CONFIRM: Command = {
  words: ['contact', 'confirm'],
  args: '<contact id> <code>',
  summary: 'Say which code came: the contact is tested from now',
  takes: [2, 2],
  options: {},
  run: async (typed, { manager, terminal, secretKey }) => {
    const answer = { contactId: typed.id(0, 'the contact'), code: typed.word(1, 'the code'), byPersonId: null };
    await confirmContact(manager, answer, secretKey, terminal.now());
    return { lines: [`Contact ${answer.contactId} is tested.`], data: { id: answer.contactId } };
  },
};

const REMOVE: Command = {
  words: ['contact', 'remove'],
  args: '<contact id>',
  summary: 'Remove a contact',
  takes: [1, 1],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const id = typed.id(0, 'the contact');
    await removeContact(manager, id, null, terminal.now());
    return { lines: [`Contact ${id} is removed.`], data: { id } };
  },
};

/** Commands about contacts. */
export const CONTACT_COMMANDS: readonly Command[] = [LIST, ADD, TEST, CONFIRM, REMOVE];
