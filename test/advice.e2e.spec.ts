import { changeOpeningHours, endWearer, saveCredential, saveDevice, saveWearer } from '@varde/store';
import { decodeAck, decodeAdvice, decodeCommand, encodeAnswers, type Advice, type Command } from '@varde/wire';
import { randomUUID } from 'node:crypto';
import { Home } from '../devices/fleet/home.js';
import { DEVICE_KINDS } from '../devices/fleet/homes-file.js';
import { openCatalogue } from '../apps/varde/src/catalogue.js';
import { replayPatient } from '../apps/varde/src/cli/replay-patient.js';
import type { Service } from '../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { readyPublish } from './lean-client.js';
import {
  act,
  addHome,
  addPerson,
  eventually,
  foundCommunity,
  Gateway,
  mqttPort,
  pause,
  SECRET_KEY,
  spo2,
  startService,
  type AddedHome,
  type Founded,
} from './whole-way.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Open for one minute of a weekday that is not near: closed now, whenever the test runs. */
const closedNow = (): { weekdays: number[]; from: string; to: string }[] => {
  const weekday = ((new Date().getDay() + 2) % 7) + 1;
  return [{ weekdays: [weekday], from: '12:00', to: '12:01' }];
};

let db: TestDatabase;
let service: Service;

beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url);
}, 120_000);
afterAll(async () => {
  await service.stop();
  await db.close();
});

interface Rows {
  readonly id: number;
  readonly episode_id: number;
  readonly kind: string;
  readonly sent_at: Date | null;
  readonly delivered_at: Date | null;
  readonly answer: string | null;
  readonly withdrawn_at: Date | null;
  readonly attempts: number;
}
const adviceOf = ({ patientId }: AddedHome): Promise<Rows[]> =>
  db.database.dataSource.query(`select * from home_advice where patient_id = $1 order by id`, [patientId]);
const historyOf = async ({ patientId }: AddedHome): Promise<string[]> => {
  const rows = await db.database.dataSource.query<{ en: string }[]>(
    `select s.reason_en as en from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 and s.kind = 'told_patient' order by s.id`,
    [patientId],
  );
  return rows.map(({ en }) => en);
};

/** Followed for minutes only, nobody has been silent for long: patients are told of that too. */
const JUST_BEGUN_MS = 10 * 60_000;

/** A community, with nobody at work in any of its units when `closed`. */
async function found(closed: boolean, sinceMs = JUST_BEGUN_MS): Promise<Founded> {
  const founded = await foundCommunity(db.database, { since: new Date(Date.now() - sinceMs) });
  const { manager } = db.database.dataSource;
  if (closed) for (const id of [founded.dhoId, founded.gpId]) await changeOpeningHours(manager, id, closedNow(), new Date());
  return founded;
}

const addTabletHome = (founded: Founded, name: string): Promise<AddedHome> =>
  addHome(db.database, founded, {
    gateway: name,
    programmes: ['copd'],
    devices: [
      { id: `OX-${name}`, kind: 'pulse-oximeter' },
      { id: `TB-${name}`, kind: 'tablet' },
    ],
  });

interface Heard {
  readonly advice: Advice[];
  readonly commands: Command[];
}

/** Lets a gateway hear what its patient is told and asked. */
async function listen(gateway: Gateway): Promise<Heard> {
  const heard: Heard = { advice: [], commands: [] };
  const answers = gateway.client.onMessage;
  gateway.client.onMessage = (topic, payload) => {
    if (decodeAck(payload)) return answers?.(topic, payload);
    const [advice, command] = [decodeAdvice(payload), decodeCommand(payload)];
    if (advice) heard.advice.push(advice);
    if (command) heard.commands.push(command);
  };
  const { tenant, gateway: name } = gateway.home;
  for (const leaf of ['cmd', 'advice']) await gateway.client.subscribe(`varde/v1/${tenant}/${name}/${leaf}`);
  return heard;
}

/** Sends what the patient taps on the tablet. */
async function tap(
  gateway: Gateway,
  items: Record<string, boolean | number | string>,
  at = new Date(),
  questionnaire = 'advice',
): Promise<void> {
  const { tenant, gateway: name } = gateway.home;
  const device = `TB-${name}`;
  const id = randomUUID();
  const answers = [{ questionnaire, version: 1, answeredAt: at.toISOString(), gatewayTime: at, answeredBy: 'patient' as const, items }];
  const payload = encodeAnswers({ messageId: id, sentAt: new Date(), device: { id: device, idType: 'serial', kind: 'tablet' }, answers });
  const publish = readyPublish(`varde/v1/${tenant}/${name}/dev/${device}/answers`, Buffer.from(payload));
  expect(await gateway.sendReady({ id, publish })).toMatchObject({ status: 'stored' });
}

/** One value after the other, so that a rule that waits for a second one has it. */
async function measureTwice(gateway: Gateway, percent: number): Promise<number> {
  const device = `OX-${gateway.home.gateway}`;
  await gateway.send(device, spo2(percent, new Date(Date.now() - 60_000)));
  const sentMs = performance.now();
  await gateway.send(device, spo2(percent, new Date()));
  return sentMs;
}

test.each<[string, number, Advice['kind'], RegExp]>([
  ['red', 86, 'red', /^Ingen følger med på målingene dine nå\..*116117.*113/],
  ['critical', 80, 'critical', /^Ring 113 nå\..*Ingen følger med/],
])(
  'with every unit closed, %s reaches the patient in the look that finds it',
  async (name, percent, kind, words) => {
    const home = await addTabletHome(await found(true), `night-${name}`);
    const gateway = await Gateway.open(home, mqttPort(service));
    const heard = await listen(gateway);
    const sentMs = await measureTwice(gateway, percent);
    const advice = await eventually('the patient is told', () => heard.advice.find((each) => each.kind === kind), 60_000);
    expect(performance.now() - sentMs).toBeLessThan(10_000); // well within the minute that is promised
    expect(advice.text.nb).toMatch(words);
    expect(advice).toMatchObject({ mustAnswer: kind === 'critical', device: `TB-night-${name}`, withdrawn: false });
    await eventually('the delivery is known', async () => (await adviceOf(home)).some((each) => each.kind === kind && each.delivered_at));
    expect((await historyOf(home)).some((line) => line.startsWith('Advice to the patient:'))).toBe(true);
    gateway.close();
  },
  70_000,
);

test('a patient who answers that they cannot call is heard: in the history, and by the owner at once', async () => {
  const founded = await found(false);
  const home = await addTabletHome(founded, 'cannot');
  const gateway = await Gateway.open(home, mqttPort(service));
  const heard = await listen(gateway);
  await gateway.send('OX-cannot', spo2(80, new Date()));
  const advice = await eventually('the patient is told', () => heard.advice.find(({ kind }) => kind === 'critical'));
  expect(advice.answers.map(({ code }) => code)).toEqual(['called_113', 'cannot', 'not_needed']);
  await tap(gateway, { advice_id: advice.adviceId, advice_answer: 'cannot' });
  await eventually('the answer is kept', async () => (await adviceOf(home)).find(({ id }) => Number(id) === advice.adviceId)?.answer);
  expect(await historyOf(home)).toContain('The patient answered: "I cannot call"');
  const notices = await db.database.dataSource.query<{ cause: string }[]>(
    `select n.cause from notice n join episode e on e.id = n.episode_id where e.patient_id = $1 and n.cause = 'patient_answered'`,
    [home.patientId],
  );
  expect(notices).toHaveLength(1);
  const nurse = await addPerson(service, `advice-nurse`, 'nurse', [founded.dhoId]);
  const shown = (await (await nurse.ask('GET', `/api/patients/${home.patientId}/advice`)).json()) as { answer: string | null }[];
  expect(shown).toMatchObject([{ kind: 'critical', answer: 'cannot', deliveredAt: expect.any(String) }]);
  gateway.close();
});

test('of a yellow problem, and that all is well when it has cleared', async () => {
  const home = await addTabletHome(await found(false), 'well');
  const gateway = await Gateway.open(home, mqttPort(service));
  const heard = await listen(gateway);
  const beats = async (pulse: number, agoMin: readonly number[]) => {
    for (const min of agoMin) {
      const at = new Date(Date.now() - min * 60_000);
      await gateway.send('OX-well', act('pulse-oximetry', at, [{ type: 'pulse', value: pulse, unit: '/min' }]));
    }
  };
  await beats(118, [4, 3]);
  await eventually('the patient is told', () => heard.advice.length === 1);
  await beats(80, [2, 1]);
  await eventually('the patient is told that all is well', () => heard.advice.some(({ kind }) => kind === 'green'));
  expect(heard.advice.filter(({ withdrawn }) => !withdrawn).map(({ kind }) => kind)).toEqual(['yellow', 'green']);
  gateway.close();
});

test('an answer to what newer advice has just taken the place of is heard too', async () => {
  const home = await addTabletHome(await found(false), 'replaced');
  const gateway = await Gateway.open(home, mqttPort(service));
  const heard = await listen(gateway);
  await measureTwice(gateway, 86);
  const red = await eventually('the patient is told', () => heard.advice.find(({ kind }) => kind === 'red'));
  await gateway.send('OX-replaced', spo2(80, new Date()));
  await eventually('it has become worse', () => heard.advice.find(({ kind }) => kind === 'critical'));
  await tap(gateway, { advice_id: red.adviceId, advice_answer: 'cannot' });
  await eventually('the answer is kept', async () => (await adviceOf(home)).find(({ id }) => Number(id) === red.adviceId)?.answer);
  expect(await historyOf(home)).toContain('The patient answered: "I cannot call"');
  gateway.close();
});

test('what is of no use any more goes from the screen, and a home that was away is told when it is back', async () => {
  const founded = await found(false);
  const home = await addTabletHome(founded, 'back');
  const before = await Gateway.open(home, mqttPort(service));
  await measureTwice(before, 86);
  await eventually('the advice waits', async () => (await adviceOf(home)).length === 1);
  await pause(2_500);
  expect(await adviceOf(home)).toMatchObject([{ attempts: 0, sent_at: null }]);
  const heard = await listen(before);
  const advice = await eventually('the patient is told', () => heard.advice[0]);
  await eventually('the delivery is known', async () => (await adviceOf(home))[0]?.delivered_at);
  const nurse = await addPerson(service, 'advice-closer', 'nurse', [founded.dhoId]);
  const [told] = await adviceOf(home);
  await nurse.ask('POST', `/api/episodes/${told?.episode_id}/acknowledge`, {});
  await nurse.ask('POST', `/api/episodes/${told?.episode_id}/close`, { outcome: 'false_measurement', note: 'feil' });
  const gone = await eventually('it is taken back', () => heard.advice.find(({ withdrawn }) => withdrawn));
  expect(gone.adviceId).toBe(advice.adviceId);
  before.close();
});

test('whose kit is changed is told anew on the new one, when it has delivered, and the old one is sent nothing more', async () => {
  const founded = await found(false);
  const { manager } = db.database.dataSource;
  const { communityId } = founded;
  const home = await addHome(db.database, founded, {
    gateway: 'old-kit',
    programmes: ['copd'],
    devices: [{ id: 'OX-old-kit', kind: 'pulse-oximeter' }],
  });
  const old = await Gateway.open(home, mqttPort(service));
  const heardByOld = await listen(old);
  await measureTwice(old, 86);
  const red = await eventually('the patient is told', () => heardByOld.advice.find(({ kind }) => kind === 'red'));
  const [worn] = await manager.query<{ id: number }[]>(`select id from wearer where patient_id = $1`, [home.patientId]);
  await endWearer(manager, worn?.id ?? 0, new Date(), new Date());
  await eventually('it is taken back', () => heardByOld.advice.find(({ adviceId, withdrawn }) => adviceId === red.adviceId && withdrawn));
  const deviceId = await saveDevice(manager, { communityId, name: 'OX-new-kit', kind: 'pulse-oximeter', model: null }, new Date());
  await saveWearer(manager, { deviceId, userSlot: null, patientId: home.patientId, from: new Date() }, new Date());
  const { secret } = await saveCredential(manager, { communityId, clientId: 'new-kit' }, SECRET_KEY, new Date());
  const kit = await Gateway.open({ ...home, gateway: 'new-kit', secret }, mqttPort(service));
  const heardByNew = await listen(kit);
  expect((await adviceOf(home)).at(-1)).toMatchObject({ kind: 'red', sent_at: null, withdrawn_at: null });
  await kit.send('OX-new-kit', spo2(87, new Date()));
  const anew = await eventually('the patient is told anew', () => heardByNew.advice.find(({ withdrawn }) => !withdrawn));
  expect(anew).toMatchObject({ kind: 'red', device: 'OX-new-kit', text: red.text });
  expect(heardByOld.advice.filter(({ withdrawn }) => !withdrawn).map(({ adviceId }) => adviceId)).toEqual([red.adviceId]);
  for (const gateway of [old, kit]) gateway.close();
});

/** Begins a step of the plan, is asked whether it helped, and says so. */
async function beginStep(home: AddedHome, gateway: Gateway, begun: Date, isBetter: boolean): Promise<void> {
  const heard = await listen(gateway);
  await tap(gateway, { plan_step_started: true }, begun, 'plan-step');
  const question = await eventually('the patient is asked', () => heard.commands.find(({ kind }) => kind === 'answer'));
  expect(question).toMatchObject({ questionnaire: 'plan-step', device: `TB-${home.gateway}`, metrics: [] });
  expect(question.answerBy.getTime()).toBe(begun.getTime() + 48 * HOUR_MS);
  await tap(gateway, { symptoms_better: isBetter }, new Date(), 'plan-step');
  await eventually('the answer is kept', async () =>
    (await adviceOf(home)).some(({ answer }) => answer === (isBetter ? 'better' : 'not_better')),
  );
}

test('a step of the plan begun two days ago: asked whether it helped, and the answer decides whether a red is found', async () => {
  const founded = await found(false, 30 * DAY_MS);
  const [helped, failed] = [await addTabletHome(founded, 'helped'), await addTabletHome(founded, 'failed')];
  const gateways = [await Gateway.open(helped, mqttPort(service)), await Gateway.open(failed, mqttPort(service))] as const;
  // Both are asked before its two days are over, and that is waited for once.
  const begun = new Date(Date.now() - 48 * HOUR_MS + 20_000);
  await Promise.all([beginStep(helped, gateways[0], begun, true), beginStep(failed, gateways[1], begun, false)]);
  const reds = ({ patientId }: AddedHome) =>
    db.database.dataSource.query<unknown[]>(
      `select 1 from finding where patient_id = $1 and rule_id = 'copd.plan.no_improvement' and result = 'fire'`,
      [patientId],
    );
  await pause(Math.max(0, begun.getTime() + 48 * HOUR_MS + 2_500 - Date.now()));
  await eventually('no improvement is found', async () => (await reds(failed)).length > 0);
  expect([(await reds(failed)).length, (await reds(helped)).length]).toEqual([1, 0]);
  for (const gateway of gateways) gateway.close();
});

test('a simulated home shows what it is told, and its person answers', async () => {
  const added = await addTabletHome(await found(false), 'obliging');
  const { tenant, gateway, secret } = added;
  const person = { seed: 'obliging', course: 'exacerbation' as const, worseningFrom: new Date(0), worseningHours: 1 };
  const kind = DEVICE_KINDS.get('pulse-oximeter');
  if (!kind) throw new Error('there is no simulated oximeter');
  const devices = [{ id: 'OX-obliging', kind, speaks: 'obs' as const }];
  const tablet = { id: 'TB-obliging', followed: ['copd' as const] };
  const home = new Home({ tenant, gateway, secret, zone: 'Europe/Oslo', person, devices, tablet }, service.mqttUrl ?? '', 600);
  await home.connected();
  await home.measure([new Date()]);
  await eventually('the person has answered', () => home.sent.advised > 0, 30_000);
  const answer = await eventually('the answer is kept', async () => (await adviceOf(added)).find((each) => each.answer !== null)?.answer);
  expect(['called_113', 'called_116117', 'cannot', 'started', 'not_now']).toContain(answer);
  await home.stop();
});

test('the same log comes to the same, also where the patient was told, asked and has answered', async () => {
  const patients = await db.database.dataSource.query<{ patient_id: number }[]>(
    `select distinct patient_id from home_advice order by patient_id`,
  );
  expect(patients.length).toBeGreaterThan(0);
  const catalogue = await openCatalogue();
  for (const { patient_id: patientId } of patients) {
    const replayed = await replayPatient(db.database.dataSource.manager, catalogue, patientId, { from: null, to: null });
    expect(replayed).toMatchObject({ impossible: null, differences: [] });
  }
});
