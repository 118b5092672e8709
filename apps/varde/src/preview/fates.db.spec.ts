import { effectOf, type Preview } from '@varde/look';
import { findForm } from '@varde/plans';
import { SEVERITIES, type Severity } from '@varde/rules';
import { changeEpisode, inTransaction, type Viewer } from '@varde/store';
import type { OutgoingReading } from '@varde/wire';
import { makeTestPerson } from '../../../../test/community.js';
import { testDatabase, testLog } from '../../../../test/engine.js';
import { addTestHome, makeTestHome, obs, openTestIngest, spotCheck, wall, type TestHome } from '../../../../test/ingest-rig.js';
import { END, joinAt, passTime, START, type Arrival } from '../../../../test/lived-weeks.js';
import { openCatalogue, openQuestionnaires } from '../catalogue.js';
import type { Log } from '../log.js';
import type { WatcherParts } from '../watch/watcher.js';
import { answerPreview, readPreviewQuestions } from './question.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FROM = new Date(END.getTime() - 28 * DAY_MS);
/** At an hour of a day of the weeks. */
const on = (day: number, hour: number, minute = 0): Date => new Date(START.getTime() + day * DAY_MS + hour * HOUR_MS + minute * 60_000);

/** A lower saturation that is still all right, and a pulse that is too high already. */
const CHANGES = [
  { kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 85 },
  { kind: 'limit', ruleId: 'gen.pulse.high', parameter: 'limit', value: 95 },
] as const;

const TEMPERATURE = (at: Date, value: number): OutgoingReading => ({
  ...{ kind: 'temperature', deviceTime: wall(at), gatewayTime: at, measurements: [{ type: 'temperature', value, unit: 'Cel' }] },
});
/** What is measured on the days that are not as usual: 89 % and 72 on all others. */
const UNUSUAL: Readonly<Record<number, { readonly spo2?: number; readonly pulse?: number; readonly temperature?: number }>> = {
  18: { spo2: 87 },
  24: { pulse: 101 },
  30: { spo2: 87, temperature: 38.4 },
  36: { temperature: 38.4 },
};

/** Every day's saturation and pulse, twice on an unusual one, as a rule that waits for a second value wants them; a fever is measured first. */
function measuredOn(day: number): OutgoingReading[] {
  const { spo2 = 89, pulse = 72, temperature } = UNUSUAL[day] ?? {};
  const again = UNUSUAL[day] === undefined ? [] : [on(day, 2, 20)];
  return [
    ...(temperature === undefined ? [] : [TEMPERATURE(on(day, 1, 30), temperature), TEMPERATURE(on(day, 1, 45), temperature)]),
    ...[on(day, 2), ...again].map((at) => spotCheck(at, { spo2, pulse, gatewayTime: at })),
  ];
}

function arrivalAt(homes: readonly TestHome[], reading: OutgoingReading): Arrival {
  const receivedAt = new Date(reading.gatewayTime.getTime() + 1_000);
  return { receivedAt, deliveries: homes.map((home) => obs(home, [reading], { receivedAt })) };
}

describe('what a preview says would have become of episodes', () => {
  const db = testDatabase();
  let asIs: TestHome;
  let changed: TestHome;
  let told: Preview;

  beforeAll(async () => {
    const parts: WatcherParts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
    const { ingest } = openTestIngest(db.database, { checkCredentials: false, findForm: findForm(await openQuestionnaires()) });
    asIs = await makeTestHome(db.database, 'levd');
    changed = await addTestHome(db.database, asIs.community, '2');
    const homes = [asIs, changed];
    const personId = await makeTestPerson(db.manager, 'nora', 'nurse', END);
    const { dhoId } = asIs.community;
    await db.manager.query(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [personId, dhoId]);
    await db.manager.query(`update pathway set in_force_from = $1`, [on(-1, 0)]);
    for (const home of homes) await joinAt(db.database, home, START);
    for (const { ruleId, parameter, value } of CHANGES)
      await db.manager.query(
        `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
         values ($1, $2, $3, $4, 'agreed', $5, $6, $6, 1)`,
        [changed.patientId, ruleId, parameter, value, personId, START],
      );
    const nora: Viewer = { personId, username: 'nora', name: '', roles: ['nurse'], unitIds: [dhoId] };
    const closings = Object.keys(UNUSUAL).map((day) => on(Number(day), 7));
    await passTime(parts, ingest, {
      arrivals: Array.from({ length: 44 }, (_, day) => measuredOn(day)).flatMap((readings) =>
        readings.map((reading) => arrivalAt(homes, reading)),
      ),
      until: END,
      after: async (now) => {
        if (closings[0] === undefined || closings[0] > now) return;
        closings.shift();
        const open = await db.manager.query<{ id: string }[]>('select id from episode where closed_at is null order by id');
        for (const { id } of open) {
          const act = { kind: 'close', outcome: 'seen_by_gp', note: '' } as const;
          await inTransaction(db.database.dataSource, (tx) =>
            changeEpisode(tx, nora, { episodeId: Number(id), seenVersion: null, act }, now),
          );
        }
      },
    });
    await ingest.stop();
    const asked = { changes: CHANGES, days: 28, to: END };
    const [question] = await readPreviewQuestions(db.manager, parts.catalogue, [asIs.patientId], asked);
    told = answerPreview(parts.catalogue, question!);
  }, 120_000);

  interface Lived {
    readonly domains: readonly string[];
    readonly openedAt: Date;
    readonly severity: Severity;
  }

  /** The episodes that the service has opened for a patient, each as grave as the gravest it found in it. */
  async function livedBy({ patientId }: TestHome): Promise<Lived[]> {
    const rows = await db.manager.query<{ domains: string[]; openedAt: Date; gravity: number }[]>(
      `select domains, opened_at as "openedAt", (select max(array_position($4::text[], f.severity)) from finding f
         where f.episode_id = e.id and f.result like 'fire%') as gravity
       from episode e where patient_id = $1 and opened_at between $2 and $3 order by opened_at`,
      [patientId, FROM, END, SEVERITIES],
    );
    return rows.map(({ gravity, ...row }) => ({ ...row, severity: SEVERITIES[gravity - 1] as Severity }));
  }

  // The unusual days are six apart, and each has been dealt with by the evening: what opens on one day in both homes is one problem.
  const isOfOneDay = (one: Lived, other: Lived): boolean => Math.abs(one.openedAt.getTime() - other.openedAt.getTime()) < DAY_MS;

  test('is what the home that lived with the change had of them: missed, milder, the same, and one that is new', async () => {
    const [were, are] = [await livedBy(asIs), await livedBy(changed)];
    const fates = were.map((was) => {
      const is = are.find((each) => isOfOneDay(was, each));
      if (is === undefined) return { ...was, fate: 'missed', laterMin: null, severityAfter: null };
      expect(is.openedAt).toEqual(was.openedAt);
      const [gravity, gravityAfter] = [SEVERITIES.indexOf(was.severity), SEVERITIES.indexOf(is.severity)];
      return { ...was, fate: gravityAfter < gravity ? 'milder' : 'same', laterMin: 0, severityAfter: is.severity };
    });
    expect(fates.map(({ fate }) => fate)).toEqual(['missed', 'milder', 'same']);
    const closed = { outcome: 'seen_by_gp', episodeId: expect.any(Number) as number, because: expect.any(Object) as object };
    expect(told.known).toEqual(fates.map((fate) => ({ ...fate, ...closed })));

    const only = are.filter((is) => !were.some((was) => isOfOneDay(was, is)));
    expect(only).toMatchObject([{ domains: ['cardiac'], severity: 'yellow' }]);
    expect(told.new).toMatchObject(only);
    expect(told.new).toHaveLength(only.length);
  });

  test('and is kept so beside the change', () => {
    const effect = effectOf([told], 28, 1);
    expect(effect).toMatchObject({ missed: 1, missedGrave: 1, milder: 1, new: 1, earlier: 0, later: 0, graver: 0 });
  });
});
