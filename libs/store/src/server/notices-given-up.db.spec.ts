import {
  changeEpisode,
  claimNotices,
  inTransaction,
  readCaughtUp,
  removeContact,
  saveContact,
  saveEpisodeChanges,
  saveNoticeFailure,
  saveNoticeReceipt,
  saveNoticeSent,
  type Blindness,
  type NoticeToSend,
} from '../index.js';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const seconds = (count: number): Date => new Date(NOW.getTime() + count * 1_000);
const TEXT = { nb: 'x', en: 'x' };

const db = testDatabase();
const source = () => db.database.dataSource;
let small: SmallCommunity;
let contactId: number;
beforeAll(async () => {
  small = await saveSmallCommunity(source());
});
beforeEach(async () => {
  await source().query(`truncate episode, episode_domain, episode_step, finding, notice, contact, worklist_change, patient_log cascade`);
  const contact = { unitId: small.units.north, personId: null, channel: 'sms', address: '+4790000001', signingSecret: null } as const;
  contactId = await saveContact(db.manager, contact, null, NOW);
});

/** Opens an episode that a text message is to tell of, and takes the message to send it. */
async function take(patientId: number): Promise<NoticeToSend & { readonly episodeId: number }> {
  const told = { key: '0/opened', cause: 'opened', severity: 'red', unitId: small.units.north, at: NOW, text: TEXT } as const;
  const change = { episode: anEpisode(small, NOW, { patientId }), steps: [], findings: [], notices: [told] };
  const [episodeId = 0] = await inTransaction(source(), (tx) => saveEpisodeChanges(tx, [{ patientId, change }], NOW));
  const claim = { channel: 'sms', limit: 9, perUnit: 9, inFlightByUnit: new Map<number, number>(), leaseMs: 30_000 } as const;
  const [notice] = await inTransaction(source(), (tx) => claimNotices(tx, claim, NOW));
  if (notice === undefined) throw new Error('nothing is to be sent');
  return { ...notice, episodeId };
}

const fail = (notice: NoticeToSend, isFinal: boolean, at: Date): Promise<unknown> =>
  saveNoticeFailure(db.manager, notice, { fault: 'the gateway answered 500', isFinal }, at);
const acknowledge = (episodeId: number, at: Date): Promise<unknown> =>
  inTransaction(source(), (tx) =>
    changeEpisode(tx, viewerOf(small.people.nora, [small.units.north]), { episodeId, seenVersion: null, act: { kind: 'acknowledge' } }, at),
  );

/** How many are told as given up in the first minute, by what was blind for these patients; none: for everybody. */
async function givenUp(...patientIds: number[]): Promise<number> {
  const blind: Blindness = {
    ...{ id: 1, part: 'gateway', subject: 'liten/gw', why: 'silent', since: NOW, to: seconds(60), unitIds: [], patientIds, detail: null },
    ...{ patientsWaiting: 0, noticedAt: NOW, toldAt: NOW },
  };
  return (await readCaughtUp(db.manager, [blind], seconds(80))).noticesGivenUp;
}

test('those that no try brought there, of the patients it touched', async () => {
  const notice = await take(small.patients.first);
  expect(await givenUp()).toBe(0);
  await fail(notice, true, seconds(30));
  expect([await givenUp(), await givenUp(small.patients.first), await givenUp(small.patients.second)]).toEqual([1, 1, 0]);
});

test('those that a gateway took and could not bring there', async () => {
  const { id } = await take(small.patients.first);
  await saveNoticeSent(db.manager, id, { receiptId: 'r', isDelivered: false }, seconds(2));
  await saveNoticeReceipt(db.manager, { receiptId: 'r', status: 'failed', reason: 'no such number' }, seconds(30));
  expect([await givenUp(small.patients.first), await givenUp(small.patients.second)]).toEqual([1, 0]);
});

test('not those that went out all the same', async () => {
  const notice = await take(small.patients.first);
  await fail(notice, true, seconds(30));
  await saveNoticeSent(db.manager, notice.id, { receiptId: null, isDelivered: false }, seconds(31));
  expect(await givenUp()).toBe(0);
});

test.each<[string, (episodeId: number) => Promise<unknown>]>([
  ['somebody had the episode', (episodeId) => acknowledge(episodeId, seconds(30))],
  ['the contact was removed', () => removeContact(db.manager, contactId, null, seconds(30))],
])('not those that nobody needed any more: %s', async (_, act) => {
  const notice = await take(small.patients.first);
  await fail(notice, false, seconds(2));
  await act(notice.episodeId);
  await fail(notice, true, seconds(31));
  expect(await source().query(`select given_up_at from notice where channel = 'sms'`)).toEqual([{ given_up_at: seconds(30) }]);
  expect(await givenUp()).toBe(0);
});
