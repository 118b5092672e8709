import { randomUUID } from 'node:crypto';
import type { Database } from '@varde/store';
import { encodeAnswers, type OutgoingAnswers, type OutgoingReading } from '@varde/wire';
import type { Delivery } from '../apps/varde/src/ingest/delivery.js';
import { bare, obs, spotCheck, wall, weighing, type TestHome } from './ingest-rig.js';

const DAY_MS = 86_400_000;

/** Since when a home is what it is, who answers for it, and when it is paused. */
export interface Enrichment {
  readonly from: Date;
  readonly personId: number;
  readonly pausedFrom: Date;
  readonly references?: Readonly<Record<string, number>>;
}

/**
 * Makes a home of COPD that of somebody with heart failure too: references of a physician, a limit of the unit, a planned weighing, and a pause
 * of two days that is known from the start. Before anybody has looked at it.
 */
export async function enrich({ dataSource }: Pick<Database, 'dataSource'>, home: TestHome, given: Enrichment): Promise<void> {
  const { from, personId, pausedFrom } = given;
  const { patientId, community } = home;
  const references = { 'home-oxygen': 1, 'spo2-target-88-92': 1, 'news2-scale-2': 1, 'dry-weight': 78, ...given.references };
  await dataSource.query(`insert into enrolment (patient_id, programme, from_at) values ($1, 'hf', $2)`, [patientId, from]);
  await dataSource.query(
    `insert into scheduled_measurement (patient_id, metric, at_local, weekdays, from_at) values ($1, 'weight', '09:00', '{1,4}', $2)`,
    [patientId, from],
  );
  await dataSource.query(
    `insert into reference_value (patient_id, key, value, reason, set_by_person_id, set_at, valid_from, version)
     select $1, key, value::float8, 'agreed', $2, $3, $3, 1 from jsonb_each_text($4) as given (key, value)`,
    [patientId, personId, from, JSON.stringify(references)],
  );
  await dataSource.query(
    `insert into unit_limit (unit_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
     values ($1, 'gen.pulse.high', 'limit', 105, 'ours', $2, $3, $3, 1) on conflict do nothing`,
    [community.dhoId, personId, from],
  );
  await dataSource.query(
    `insert into pause (patient_id, kind, from_at, to_at, reason, set_by_person_id, set_at) values ($1, 'admission', $2, $3, 'ward', $4, $5)`,
    [patientId, pausedFrom, new Date(pausedFrom.getTime() + 2 * DAY_MS), personId, from],
  );
}

/** How somebody is when they measure. */
export interface Condition {
  readonly spo2: number;
  readonly pulse: number;
  /** Breathless, and gaining fluid since so many days; 0: well. */
  readonly worseForDays: number;
  /** A nurse is there, who sees all that NEWS2 is made of. */
  readonly isVisited: boolean;
}

/** Somebody who is well, or worse since up to three days, at the mercy of chance. */
export function conditionBy(chance: () => number): Condition {
  return {
    spo2: 84 + Math.floor(chance() * 10),
    pulse: 70 + Math.floor(chance() * 50),
    worseForDays: Math.floor(chance() * 4),
    isVisited: chance() < 0.5,
  };
}

/** What is measured and answered at one time. */
export interface Session {
  readonly readings: readonly OutgoingReading[];
  readonly answers: readonly OutgoingAnswers[];
}

/** Oximeter, scale, cuff and the day's questions, one after another. */
export function sessionAt(at: Date, { spo2, pulse, worseForDays, isVisited }: Condition): Session {
  const isWorse = worseForDays > 0;
  const around = { deviceTime: wall(at), gatewayTime: at };
  const cuff = [
    { type: 'systolic', value: isWorse ? 96 - 3 * worseForDays : 124, unit: 'mm[Hg]' },
    { type: 'diastolic', value: isWorse ? 58 : 76, unit: 'mm[Hg]' },
  ] as const;
  const seen = [
    { type: 'respiratory-rate', value: isWorse ? 23 : 16, unit: '/min' },
    { type: 'temperature', value: isWorse ? 38.3 : 36.8, unit: 'Cel' },
    { type: 'o2-flow', value: isWorse ? 2 : 0, unit: 'L/min' },
  ] as const;
  const daily = {
    ...{ dyspnoea_worse: isWorse, breathlessness_worse: isWorse, swelling_worse: worseForDays > 1, sputum_more: worseForDays > 1 },
    ...{ on_oxygen: isWorse, contact_request: false, dyspnoea_vas: isWorse ? 7 : 3 },
  };
  const answered = { answeredAt: wall(at), gatewayTime: at };
  return {
    readings: [
      spotCheck(at, { spo2, pulse, gatewayTime: at }),
      weighing(at, 80 + 1.2 * worseForDays, { gatewayTime: at }),
      { kind: 'blood-pressure', ...around, measurements: cuff },
      ...(isVisited ? [{ kind: 'visit', ...around, measurements: seen }] : []),
    ],
    answers: [
      { questionnaire: 'daily', version: 2, ...answered, items: daily },
      ...(isVisited
        ? [
            {
              questionnaire: 'visit',
              version: 1,
              ...answered,
              answeredBy: 'nurse' as const,
              items: { consciousness: 'A', on_oxygen: isWorse },
            },
          ]
        : []),
    ],
  };
}

/** The oximeter after a walk: what it shows then is no part of a baseline, which it would pull down, and fires nothing by itself. */
export function walkAt(at: Date): Session {
  return {
    readings: [{ ...spotCheck(at, { spo2: 92, pulse: 66, gatewayTime: at }), context: { activity: 'after-exercise' } }],
    answers: [],
  };
}

/** The messages that a home sends of a session. */
export function deliveriesOf(home: TestHome, { readings, answers }: Session, receivedAt: Date): Delivery[] {
  const device = { id: home.device, idType: 'serial' } as const;
  const measured = obs(home, readings, { receivedAt });
  if (answers.length === 0) return [measured];
  const payload = encodeAnswers({ messageId: randomUUID(), sentAt: receivedAt, device, answers });
  return [measured, bare(home, `dev/${home.device}/answers`, payload, receivedAt)];
}
