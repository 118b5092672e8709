import type { Signal } from '@varde/alerts';
import type { AdviceAnswer, AdviceKind } from '@varde/look';
import type { Pause, TreatmentLimits } from '@varde/plans';
import { SEVERITIES, type Domain, type Severity, type Words } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { calledSql } from './called-unit.js';
import { nameOf } from './name-of.js';
import { BEHIND_MS, waitingSince } from './readiness.js';
import type { Viewer } from '../directory/sessions.js';
import { SEEING } from './visibility.js';
import { yellowTogetherSql } from './yellow-together.js';
import type { JsonTexts } from '../server/json-texts.js';

/** Which rows of the worklist are asked for. */
export interface WorklistQuestion {
  /** Only patients with an open episode that this unit owns, is offered or is asked about; null: every patient the person may see. */
  readonly unitId: number | null;
  /** Episodes of severity info, which are notes and no alarms. */
  readonly includeInfo: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** The newest value of one metric; its age is what `now` is after `observedAt`. */
export interface NewestValue {
  readonly metric: Metric;
  readonly observedAt: Date;
  /** In the metric's canonical unit; null when the newest is older than the worklist reads back. */
  readonly value: number | null;
  readonly doubt: string | null;
}

/** The last advice about an episode. Nothing answered and nothing delivered: the patient may not know. */
export interface PatientTold {
  readonly kind: AdviceKind;
  readonly at: Date;
  /** `not_reached`: no gateway has it, or none is known. */
  readonly state: 'not_reached' | 'sent' | 'delivered' | 'read' | 'answered';
  readonly answer: AdviceAnswer | null;
}

/** One open episode on the worklist. */
export interface WorklistEpisode {
  readonly id: number;
  readonly severity: Severity;
  readonly domains: readonly Domain[];
  /** A person has it, or it waits for one; whether its values are normal again is `clearedAt`. */
  readonly state: 'waiting' | 'acknowledged';
  readonly openedAt: Date;
  readonly lastSignalAt: Date;
  readonly clearedAt: Date | null;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgementEndsAt: Date | null;
  readonly ownerUnitId: number;
  readonly ownerUnit: string;
  /** The person of the owner it was given to. */
  readonly assignedTo: string | null;
  /** The offer that waits for an answer of another unit. */
  readonly offer: { readonly toUnitId: number; readonly toUnit: string; readonly deadlineAt: Date; readonly reason: string } | null;
  /** Advice that is waited for. */
  readonly questions: readonly {
    readonly number: number;
    readonly unitId: number;
    readonly unit: string;
    readonly deadlineAt: Date;
    readonly question: string;
  }[];
  /** Who proposes to close it: a second person must look at it. */
  readonly closeProposedBy: string | null;
  /** When the next step of the ladder is taken, should nobody accept it. */
  readonly nextStepAt: Date | null;
  readonly relapses: number;
  /** Why it is here: words of the gravest finding, the newest of several as grave. */
  readonly reason: Words | null;
  /** What the patient was told last about it, and how far that has come; null: nothing. */
  readonly patientTold: PatientTold | null;
  readonly signals: readonly { readonly ruleId: string; readonly severity: Severity; readonly count: number; readonly standing: boolean }[];
  readonly version: number;
}

/** A rule that is kept quiet for a patient, and who took it on them until when. */
export interface RunningSnooze {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly until: Date;
  readonly reason: string;
  readonly by: string;
}

/** A time in which the patient is not expected to measure, that runs now: a value that is missing then says nothing. */
export interface RunningPause {
  readonly kind: Pause['kind'];
  readonly from: Date;
  readonly to: Date;
  readonly reason: string;
}

/** What a physician has decided of who has what is grave of a patient, and of what is to be done: known before anybody acts. */
export type TreatmentLimitsInForce = Pick<
  TreatmentLimits,
  'fromSeverity' | 'unitId' | 'unitName' | 'decision' | 'contact' | 'validTo' | 'reviewBy' | 'version'
>;

/** A rule that could not be judged in the last day, and why: that is not the same as normal. */
export interface UnjudgedRule {
  readonly ruleId: string;
  readonly at: Date;
  readonly reason: Words;
}

/** One patient on the worklist. */
export interface WorklistRow {
  readonly patientId: number;
  readonly name: string;
  readonly birthYear: number | null;
  readonly severity: Severity;
  /** Whether one of the gravest episodes waits for a person. */
  readonly isWaiting: boolean;
  /**
   * Areas whose yellow signals move the patient to the top of the yellow ones that wait (`episode_policy.severity`): two or more that stand
   * within 24 hours of one another. Empty: nothing does.
   */
  readonly yellowTogether: readonly Domain[];
  /** Since when: the beginning of the running ladder, or of the episode when a person has it. */
  readonly waitingSince: Date;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly episodes: readonly WorklistEpisode[];
  readonly newest: readonly NewestValue[];
  readonly snoozes: readonly RunningSnooze[];
  /** Null: measurements are expected as planned. */
  readonly pause: RunningPause | null;
  /** Null: nothing is decided. */
  readonly treatmentLimits: TreatmentLimitsInForce | null;
  readonly unjudged: readonly UnjudgedRule[];
  /** Open tasks about the patient. */
  readonly openTasks: number;
  /** When the patient was last looked at; null: never. */
  readonly lookedAt: Date | null;
}

/** A page of the worklist. */
export interface Worklist {
  readonly rows: readonly WorklistRow[];
  /** Patients on all pages. */
  readonly total: number;
  /** Set when the watchers are behind: what happened after this may be missing. */
  readonly notUpToDateSince: Date | null;
}

/** How far back the worklist reads values; the time of an older one is still told. */
const VALUE_DAYS = 60;

const gravityOf = (table: string): string => `array_position(array['${SEVERITIES.join("','")}'], ${table}.severity)`;

// Together before how long: what somebody has taken has been seen, and a new area of it is told with a notice of its own. By what is stored
// and no clock, so that each change of the order comes with a change of an episode, which the stream tells.
const ORDER = `worst desc, waits desc, cardinality(together) > 0 desc, since, patient_id`;

// $1 units of the person, $2 unit asked for, $3 with info, $4 offset, $5 limit, $6 now, $7 oldest value, $8 behind when due before.
const WORKLIST = `
  with seen as materialized (
    select patient_id, unit_id from ${SEEING} seeing where unit_id = any($1::integer[])
  ), open as materialized (
    select e.id, e.patient_id, e.opened_at, e.acknowledged_at, e.ladder_started_at, e.owner_unit_id, e.offered_to_unit_id, ${gravityOf('e')} as gravity
    from episode e
    where e.closed_at is null and e.patient_id in (select patient_id from seen) and ($3::boolean or e.severity <> 'info')
  ), graded as (
    select *, max(gravity) over (partition by patient_id) as worst from open
  ), ${yellowTogetherSql('yellow_together', 'graded', SEVERITIES.indexOf('yellow') + 1)}, unjudged as (
    -- Nothing is open, but something could not be judged: that is not the same as normal, and stands below all notes.
    select t.patient_id, u.at
    from (select distinct patient_id from seen where $2::integer is null or unit_id = $2) t
    cross join lateral (
      select max(at) as at from finding
      where patient_id = t.patient_id and result = 'not_evaluable' and at > $6::timestamptz - interval '1 day'
    ) u
    where $3::boolean and u.at is not null and not exists (select from open where open.patient_id = t.patient_id)
  ), listed as (
    select patient_id, worst, array_agg(id) as ids,
      bool_or(acknowledged_at is null) filter (where gravity = worst) as waits,
      coalesce(min(ladder_started_at) filter (where gravity = worst and acknowledged_at is null),
               min(opened_at) filter (where gravity = worst)) as since
    from graded group by patient_id, worst
    having $2::integer is null or bool_or(owner_unit_id = $2 or offered_to_unit_id = $2 or ${calledSql('graded', 'array[$2::integer]', '$6')}
      or exists (select from consultation c where c.episode_id = graded.id and c.unit_id = $2 and c.fate is null))
    union all
    select patient_id, 0, null, false, at from unjudged
  ), placed as (
    select listed.*, coalesce(y.domains, '{}') as together from listed left join yellow_together y using (patient_id)
  ), page as (
    select * from placed order by ${ORDER} offset $4 limit $5
  )
  select (select count(*)::integer from listed) as total,
    ${waitingSince('$8')} as behind_since,
    page.patient_id, page.waits, page.since, page.together, p.name, p.birth_year, w.looked_at, es.list as episodes, vs.list as newest, ss.list as snoozes,
    ps.one as pause, ls.one as treatment_limits, us.list as unjudged, (select count(*)::integer from task t where t.patient_id = page.patient_id and t.state = 'open') as open_tasks
  from (values (1)) as always (one)
  left join page on true
  left join patient p on p.id = page.patient_id
  left join patient_watch w on w.patient_id = page.patient_id
  left join lateral (
    select json_agg(json_build_object(
        'id', o.id, 'severity', o.severity, 'domains', o.domains, 'openedAt', o.opened_at, 'lastSignalAt', o.last_signal_at,
        'clearedAt', o.cleared_at, 'acknowledgedAt', o.acknowledged_at, 'acknowledgedBy', ${nameOf('person', 'o.acknowledged_by_person_id')},
        'acknowledgementEndsAt', o.acknowledgement_ends_at, 'ownerUnitId', o.owner_unit_id, 'ownerUnit', ${nameOf('unit', 'o.owner_unit_id')},
        'assignedTo', ${nameOf('person', 'o.assigned_to_person_id')},
        'closeProposedBy', ${nameOf('person', "(o.close_proposed ->> 'byPersonId')::integer")},
        'nextStepAt', o.next_step_at, 'relapses', o.relapses, 'signals', o.signals, 'version', o.version,
        'offer', case when o.offer_number is not null then (
          select json_build_object('toUnitId', x.to_unit_id, 'toUnit', ${nameOf('unit', 'x.to_unit_id')}, 'deadlineAt', x.deadline_at, 'reason', x.reason)
          from handover x where x.episode_id = o.id and x.fate is null) end,
        'questions', case when o.consultations_asked > 0 then (
          select json_agg(json_build_object('number', x.number, 'unitId', x.unit_id, 'unit', ${nameOf('unit', 'x.unit_id')},
            'deadlineAt', x.deadline_at, 'question', x.question) order by x.number)
          from consultation x where x.episode_id = o.id and x.fate is null) end,
        'reason', (
          select json_build_object('nb', reason_nb, 'en', reason_en) from finding
          where episode_id = o.id and result in ('fire', 'fire_unconfirmed')
          order by superseded, ${gravityOf('finding')} desc, at desc, id desc limit 1),
        'patientTold', (
          select json_build_object('kind', h.kind, 'at', h.advised_at, 'answer', h.answer, 'state',
            case when h.answered_at is not null then 'answered' when h.read_at is not null then 'read' when h.delivered_at is not null then 'delivered'
              when h.sent_at is not null then 'sent' else 'not_reached' end)
          from home_advice h where h.episode_id = o.id order by h.id desc limit 1)
      ) order by ${gravityOf('o')} desc, o.opened_at, o.id) as list
    from episode o where o.id = any(page.ids)
  ) es on true
  left join lateral (
    select json_agg(json_build_object('metric', m.metric, 'observedAt', coalesce(r.observed_at, m.at::timestamptz), 'value', r.value, 'doubt', r.doubt)
      order by m.metric) as list
    from jsonb_each_text(w.last_observed) as m (metric, at)
    left join lateral (
      select observed_at, value, doubt from reading
      where patient_id = page.patient_id and metric = m.metric and observed_at >= m.at::timestamptz and observed_at >= $7
      order by observed_at desc, measurement_id desc limit 1
    ) r on true
    where m.metric not like 'questionnaire:%'
  ) vs on true
  left join lateral (
    select json_agg(json_build_object('ruleId', s.rule_id, 'severity', s.severity, 'until', s.until, 'reason', s.reason, 'by', ${nameOf('person', 's.by_person_id')}) order by s.until) as list
    from snooze s
    where s.patient_id = page.patient_id and s.undone_at is null and s.until > $6
  ) ss on true
  left join lateral (
    select json_build_object('kind', kind, 'from', from_at, 'to', to_at, 'reason', reason) as one from pause
    where patient_id = page.patient_id and from_at <= $6 and to_at > $6 order by to_at desc limit 1
  ) ps on true
  left join lateral (
    select json_build_object('fromSeverity', l.from_severity, 'unitId', l.unit_id, 'unitName', ${nameOf('unit', 'l.unit_id')}, 'decision', l.decision,
      'contact', l.contact, 'validTo', l.valid_to, 'reviewBy', l.review_by, 'version', l.version) as one
    from treatment_limits l
    where l.patient_id = page.patient_id and l.valid_from <= $6 and (l.valid_to is null or l.valid_to > $6) order by l.version desc limit 1
  ) ls on true
  left join lateral (
    select json_agg(json_build_object('ruleId', f.rule_id, 'at', f.at, 'nb', f.reason_nb, 'en', f.reason_en) order by f.rule_id) as list
    from (
      select distinct on (rule_id) rule_id, at, reason_nb, reason_en from finding
      where patient_id = page.patient_id and result = 'not_evaluable' and at > $6::timestamptz - interval '1 day' order by rule_id, at desc
    ) f
  ) us on true
  order by ${ORDER}`;

interface ListedRow {
  total: number;
  behind_since: Date | null;
  patient_id: number | null;
  waits: boolean;
  together: Domain[];
  since: Date;
  name: string;
  birth_year: number | null;
  looked_at: Date | null;
  episodes:
    | (JsonTexts<Omit<WorklistEpisode, 'state' | 'reason' | 'signals' | 'offer' | 'questions' | 'patientTold'>> & {
        reason: Words | null;
        signals: Signal[];
        patientTold: JsonTexts<PatientTold> | null;
        offer: JsonTexts<NonNullable<WorklistEpisode['offer']>> | null;
        questions: JsonTexts<WorklistEpisode['questions'][number]>[] | null;
      })[]
    | null;
  newest: JsonTexts<NewestValue>[] | null;
  snoozes: JsonTexts<RunningSnooze>[] | null;
  pause: JsonTexts<RunningPause> | null;
  treatment_limits: JsonTexts<TreatmentLimitsInForce> | null;
  unjudged: { ruleId: string; at: string; nb: string; en: string }[] | null;
  open_tasks: number;
}

/**
 * Patients with open episodes among those the person may see, one row each: gravest first, then those that wait for a person, then those with
 * yellow signals of different areas within 24 hours, then by how long they have waited. With info also those of whom something could not be judged in the last day. One statement.
 */
export async function readWorklist(manager: EntityManager, viewer: Viewer, question: WorklistQuestion, now: Date): Promise<Worklist> {
  const { unitId, includeInfo, offset, limit } = question;
  const oldestValue = new Date(now.getTime() - VALUE_DAYS * 86_400_000);
  const behindBefore = new Date(now.getTime() - BEHIND_MS);
  const rows = await manager.query<ListedRow[]>(WORKLIST, [
    viewer.unitIds,
    unitId,
    includeInfo,
    offset,
    limit,
    now,
    oldestValue,
    behindBefore,
  ]);
  return {
    rows: rows.flatMap((row) => (row.patient_id === null ? [] : [toRow(row, row.patient_id)])),
    total: rows[0]?.total ?? 0,
    notUpToDateSince: rows[0]?.behind_since ?? null,
  };
}

const moment = (text: string | null): Date | null => (text === null ? null : new Date(text));

function toRow(row: ListedRow, patientId: number): WorklistRow {
  const episodes = (row.episodes ?? []).map(toWorklistEpisode);
  const counts = Object.fromEntries(SEVERITIES.map((severity) => [severity, episodes.filter((each) => each.severity === severity).length]));
  return {
    patientId,
    name: row.name,
    birthYear: row.birth_year,
    severity: episodes[0]?.severity ?? 'info',
    isWaiting: row.waits,
    yellowTogether: row.together,
    waitingSince: row.since,
    counts: counts as Record<Severity, number>,
    episodes,
    newest: (row.newest ?? []).map((value) => ({ ...value, observedAt: new Date(value.observedAt) })),
    snoozes: (row.snoozes ?? []).map((snooze) => ({ ...snooze, until: new Date(snooze.until) })),
    pause: row.pause && { ...row.pause, from: new Date(row.pause.from), to: new Date(row.pause.to) },
    treatmentLimits: row.treatment_limits && toTreatmentLimits(row.treatment_limits),
    unjudged: (row.unjudged ?? []).map(({ ruleId, at, nb, en }) => ({ ruleId, at: new Date(at), reason: { nb, en } })),
    openTasks: row.open_tasks,
    lookedAt: row.looked_at,
  };
}

function toTreatmentLimits({ validTo, reviewBy, ...limits }: JsonTexts<TreatmentLimitsInForce>): TreatmentLimitsInForce {
  return { ...limits, validTo: moment(validTo), reviewBy: new Date(reviewBy) };
}

function toWorklistEpisode(each: NonNullable<ListedRow['episodes']>[number]): WorklistEpisode {
  const { signals, offer, questions, patientTold, ...rest } = each;
  return {
    ...rest,
    state: each.acknowledgedAt === null ? 'waiting' : 'acknowledged',
    openedAt: new Date(each.openedAt),
    lastSignalAt: new Date(each.lastSignalAt),
    clearedAt: moment(each.clearedAt),
    acknowledgedAt: moment(each.acknowledgedAt),
    acknowledgementEndsAt: moment(each.acknowledgementEndsAt),
    nextStepAt: moment(each.nextStepAt),
    offer: offer && { ...offer, deadlineAt: new Date(offer.deadlineAt) },
    questions: (questions ?? []).map((question) => ({ ...question, deadlineAt: new Date(question.deadlineAt) })),
    patientTold: patientTold && { ...patientTold, at: new Date(patientTold.at) },
    signals: signals.map(({ ruleId, severity, count, standing }) => ({ ruleId, severity, count, standing })),
  };
}
