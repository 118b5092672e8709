import { randomInt } from 'node:crypto';
import { effectOf, type Amounts, type Preview, type ProposedChange } from '@varde/look';
import type { Catalogue } from '@varde/rules';
import { Conflict, NotFound, previewUntil, saveShownPreview, type Database } from '@varde/store';
import type { Log } from '../log.js';
import type { PreviewPool } from './pool.js';
import { readPreviewQuestions, type PreviewQuestion, type PreviewRequest } from './question.js';

/** Jobs under way at most, and results that are kept. A restart loses them: a preview changes nothing and is asked again. */
const RUNNING_MAX = 2;
const KEPT_MAX = 20;
/** Ids are drawn, so that none of another process, or of before a restart, is that of a job here; a number that JSON keeps whole. */
const ID_END = 2 ** 47;
/** Patients whose history is read at a time, while those before are worked out. */
const BATCH = 20;

/** One patient of a cohort, without the days. */
export interface PatientLine {
  readonly patientId: number;
  readonly episodesPerWeek: readonly [before: number, after: number];
  readonly noticesPerWeek: readonly [before: number, after: number];
  readonly changedDays: number;
  readonly missed: number;
  readonly earlier: number;
  readonly later: number;
  readonly new: number;
}

/** What a change would have done to a cohort. */
export interface CohortResult {
  readonly patients: number;
  readonly days: number;
  readonly before: CohortAmounts;
  readonly after: CohortAmounts;
  readonly patientsChanged: number;
  readonly changedDays: number;
  /** Of the stored episodes: how many would have been missed, and so on. */
  readonly known: Readonly<Record<string, number>>;
  /** Stored episodes that were red or critical and would have been missed. */
  readonly missedGrave: readonly { readonly patientId: number; readonly episodeId: number; readonly openedAt: Date }[];
  readonly new: number;
  readonly faithful: { readonly stored: number; readonly same: number };
  readonly people: Preview['people'] | null;
  /** Patients for whom the change makes a difference, the most changed first. */
  readonly lines: readonly PatientLine[];
  /** Patients whose preview could not be worked out. */
  readonly failed: readonly number[];
}

/** Sums over the patients of a cohort. */
export type CohortAmounts = Pick<Amounts, 'findings' | 'episodes' | 'notices' | 'episodesPerWeek' | 'noticesPerWeek' | 'notEvaluableDays'>;

/** A job as those who follow it see it. */
export interface PreviewJob {
  readonly id: number;
  /** What it is about: whose patients, and what would be changed. */
  readonly unitId: number;
  readonly changes: readonly ProposedChange[];
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly done: number;
  readonly total: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly result: CohortResult | null;
  /** To be brought with the change by who asked; null: not done, or it shows several changes at once. */
  readonly previewId: number | null;
  readonly previewUntil: Date | null;
}

/** Whose preview it is, and of which unit's patients. */
export interface CohortQuestion {
  readonly personId: number;
  readonly unitId: number;
  readonly patientIds: readonly number[];
  /** How many patients the change reaches: more than are previewed where they are too many. */
  readonly reached: number;
}

interface Job extends CohortQuestion {
  readonly id: number;
  readonly request: PreviewRequest;
  readonly startedAt: Date;
  state: PreviewJob['state'];
  readonly previews: Preview[];
  readonly failed: number[];
  durationMs: number;
  previewId: number | null;
}

/** Previews of cohorts: worked out beside everything else, a few at a time. */
export class PreviewJobs {
  private readonly jobs = new Map<number, Job>();

  constructor(
    private readonly parts: { readonly database: Database; readonly catalogue: Catalogue; readonly pool: PreviewPool; readonly log: Log },
  ) {}

  /** Starts a job. @throws Conflict when as many as may run are running */
  start(asked: CohortQuestion, request: PreviewRequest): PreviewJob {
    const running = [...this.jobs.values()].filter(({ state }) => state === 'running').length;
    if (running >= RUNNING_MAX) throw new Conflict(`${running} previews of cohorts are running; wait for one to end, or cancel one`);
    const job: Job = {
      ...asked,
      id: randomInt(1, ID_END),
      request,
      startedAt: request.to,
      state: 'running',
      previews: [],
      failed: [],
      durationMs: 0,
      previewId: null,
    };
    this.jobs.set(job.id, job);
    for (const [id, { state }] of this.jobs) if (this.jobs.size > KEPT_MAX && state !== 'running') this.jobs.delete(id);
    void this.work(job);
    return told(job);
  }

  /** How far a job is; its result when it is done. @throws NotFound nobody's, or another's */
  read(personId: number, id: number): PreviewJob {
    return told(this.find(personId, id));
  }

  /** Ends a job that runs. @throws NotFound */
  cancel(personId: number, id: number): PreviewJob {
    const job = this.find(personId, id);
    if (job.state === 'running') job.state = 'cancelled';
    return told(job);
  }

  /** Ends all of them. */
  stop(): void {
    for (const job of this.jobs.values()) if (job.state === 'running') job.state = 'cancelled';
  }

  private find(personId: number, id: number): Job {
    const job = this.jobs.get(id);
    if (job === undefined || job.personId !== personId) throw new NotFound('preview', id);
    return job;
  }

  private async work(job: Job): Promise<void> {
    const startedMs = performance.now();
    try {
      let ahead = this.readBatch(job, 0);
      for (let first = 0; first < job.patientIds.length && job.state === 'running'; first += BATCH) {
        const questions = await ahead;
        // The next ones are read while these are worked out.
        ahead = this.readBatch(job, first + BATCH);
        ahead.catch(() => undefined);
        await Promise.all(questions.map((question) => this.answer(job, question)));
        job.durationMs = Math.round(performance.now() - startedMs);
      }
      if (job.state === 'running') job.previewId = await this.keep(job);
      if (job.state === 'running') job.state = 'done';
    } catch (error) {
      job.state = 'failed';
      this.parts.log.error({ err: error, jobId: job.id }, 'a preview of a cohort ended with an error');
    }
  }

  /** As it was when it was asked: what the unit has set since then it does not show. */
  private async keep({ previews, request, unitId, personId, reached }: Job): Promise<number | null> {
    const [change, another] = request.changes;
    if (change === undefined || another !== undefined || (change.kind !== 'unit_limit' && change.kind !== 'rule')) return null;
    const shown = { patientId: null, unitId, personId, change, planVersion: null, effect: effectOf(previews, request.days, reached) };
    return saveShownPreview(this.parts.database.dataSource.manager, shown, request.to);
  }

  private async readBatch(job: Job, first: number): Promise<readonly PreviewQuestion[]> {
    const ids = job.patientIds.slice(first, first + BATCH);
    if (ids.length === 0) return [];
    const { database, catalogue } = this.parts;
    return readPreviewQuestions(database.dataSource.manager, catalogue, ids, job.request);
  }

  private async answer(job: Job, question: PreviewQuestion): Promise<void> {
    if (job.state !== 'running') return;
    try {
      job.previews.push(await this.parts.pool.answer(question, false));
    } catch (error) {
      job.failed.push(question.plan.patientId);
      this.parts.log.warn({ err: error, patientId: question.plan.patientId }, 'a patient of a cohort could not be previewed');
    }
  }
}

function told({ id, unitId, state, previews, failed, patientIds, startedAt, durationMs, request, previewId }: Job): PreviewJob {
  const result = state === 'done' ? cohortOf(previews, failed, request.days) : null;
  const until = previewId === null ? null : previewUntil(request.to);
  const progress = { done: previews.length + failed.length, total: patientIds.length };
  return { id, unitId, changes: request.changes, state, ...progress, startedAt, durationMs, result, previewId, previewUntil: until };
}

/** Puts the previews of the patients together. */
function cohortOf(previews: readonly Preview[], failed: readonly number[], days: number): CohortResult {
  const fates = previews.flatMap(({ patientId, known }) => known.map((each) => ({ ...each, patientId })));
  const known: Record<string, number> = {};
  for (const { fate } of fates) known[fate] = (known[fate] ?? 0) + 1;
  const lines = previews
    .map(lineOf)
    .filter((line) => line.changedDays + line.missed + line.earlier + line.later + line.new > 0)
    .sort((a, b) => b.changedDays - a.changedDays || a.patientId - b.patientId);
  return {
    patients: previews.length,
    days,
    before: sumOf(previews.map(({ before }) => before)),
    after: sumOf(previews.map(({ after }) => after)),
    patientsChanged: lines.length,
    changedDays: previews.reduce((sum, { changedDays }) => sum + changedDays.length, 0),
    known,
    missedGrave: fates
      .filter(({ fate, severity }) => fate === 'missed' && (severity === 'red' || severity === 'critical'))
      .map(({ patientId, episodeId, openedAt }) => ({ patientId, episodeId, openedAt })),
    new: previews.reduce((sum, each) => sum + each.new.length, 0),
    faithful: {
      stored: previews.reduce((sum, { faithful }) => sum + faithful.stored, 0),
      same: previews.reduce((sum, { faithful }) => sum + faithful.same, 0),
    },
    people: previews[0]?.people ?? null,
    lines,
    failed: [...failed].sort((a, b) => a - b),
  };
}

function lineOf({ patientId, before, after, changedDays, known, new: fresh }: Preview): PatientLine {
  const count = (fate: string): number => known.filter((each) => each.fate === fate).length;
  return {
    patientId,
    episodesPerWeek: [before.episodesPerWeek, after.episodesPerWeek],
    noticesPerWeek: [before.noticesPerWeek, after.noticesPerWeek],
    changedDays: changedDays.length,
    missed: count('missed'),
    earlier: count('earlier'),
    later: count('later'),
    new: fresh.length,
  };
}

function sumOf(amounts: readonly Amounts[]): CohortAmounts {
  const sum = (of: (each: Amounts) => number): number => Math.round(amounts.reduce((total, each) => total + of(each), 0) * 100) / 100;
  return {
    findings: sum(({ findings }) => findings),
    episodes: sum(({ episodes }) => episodes),
    notices: sum(({ notices }) => notices),
    episodesPerWeek: sum(({ episodesPerWeek }) => episodesPerWeek),
    noticesPerWeek: sum(({ noticesPerWeek }) => noticesPerWeek),
    notEvaluableDays: sum(({ notEvaluableDays }) => notEvaluableDays),
  };
}
