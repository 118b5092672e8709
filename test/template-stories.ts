// Plays the story of a template through ingest, watcher and the acts of people, over a real database and with a given clock.
import { randomUUID } from 'node:crypto';
import {
  changeEpisode,
  changeHolidays,
  endDuty,
  inTransaction,
  readDuty,
  readUnits,
  readWorklist,
  saveDevice,
  saveWearer,
  type Database,
  type PersonAct,
  type Viewer,
} from '@varde/store';
import { encodeObs, type OutgoingReading } from '@varde/wire';
import { Registry } from 'prom-client';
import { openCatalogue } from '../apps/varde/src/catalogue.js';
import { createIngest, type Ingest } from '../apps/varde/src/ingest/ingest.js';
import type { Log } from '../apps/varde/src/log.js';
import { applyTemplate, type Applied } from '../apps/varde/src/templates/apply-template.js';
import { instantOfClock, type Chapter, type StoryAct, type StoryExpectation, type StoryLine } from '../apps/varde/src/templates/story.js';
import type { Template } from '../apps/varde/src/templates/template.js';
import { lookAtDue, type WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { NO_PASSWORD } from './community.js';
import { testLog } from './engine.js';

const HOUR_MS = 3_600_000;
/** What measures what. */
const DEVICES = { spo2: 'pulse-oximeter', pulse: 'pulse-oximeter', temperature: 'thermometer' } as const;
const UNITS = { spo2: '%', pulse: '/min', temperature: 'Cel' } as const;
type Measured = keyof typeof DEVICES;

/** The machine room: one database, one ingest and one watcher whose clock is the story's. */
export interface Stage {
  readonly database: Database;
  readonly ingest: Ingest;
  readonly parts: WatcherParts;
  clock: Date;
}

/** Sets the stage. */
export async function openStage(database: Database): Promise<Stage> {
  const parts: WatcherParts = { database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  const stage: { -readonly [Key in keyof Stage]?: Stage[Key] } = { database, parts, clock: new Date(0) };
  const now = (): Date => stage.clock ?? new Date(0);
  stage.ingest = createIngest({
    database,
    log: testLog,
    metrics: new Registry(),
    publishAck: () => undefined,
    now,
    checkCredentials: false,
  });
  return stage as Stage;
}

/** What has become of a chapter's patient: the same shape as an expectation, so that a difference shows as a difference. */
interface Scene {
  readonly at: string;
  readonly owner: string | null;
  readonly severity: string | null;
  readonly state: string | null;
  readonly offeredTo: string | null;
  readonly told: readonly string[];
  readonly advised: readonly string[];
  readonly adviceSays: string;
  readonly seenBy: readonly string[];
}

interface EpisodeRow {
  id: string;
  owner_unit_id: number;
  severity: string;
  acknowledged_at: Date | null;
  closed_at: Date | null;
  offered_to: number | null;
  question: number | null;
}

/** One chapter on its way. */
export class Telling {
  private noticesTold = 0;
  private adviceTold = 0;

  private constructor(
    private readonly stage: Stage,
    private readonly template: Template,
    private readonly chapter: Chapter,
    /** What was set up for it. */
    readonly applied: Applied,
  ) {}

  /** Sets up a community of the template half a day before the chapter begins; nothing that was played before is looked at any more. */
  private static async begin(stage: Stage, template: Template, chapter: Chapter): Promise<Telling> {
    const { manager } = stage.database.dataSource;
    await manager.query(`delete from arrival`);
    await manager.query(`update patient_watch set due_at = 'infinity'`);
    const [first] = chapter.lines;
    stage.clock = new Date(instantOfClock(template.zone, chapter.day, first?.at ?? '00:00').getTime() - 12 * HOUR_MS);
    const code = `${template.code}-${randomUUID().slice(0, 8)}`;
    const applied = await applyTemplate(manager, template, { code, now: stage.clock, passwordHashOf: () => Promise.resolve(NO_PASSWORD) });
    const telling = new Telling(stage, template, chapter, applied);
    // The homes of a story measure when it says so; that they are silent otherwise is no part of it.
    await manager.query(`delete from scheduled_measurement where patient_id = any($1)`, [[...applied.patients.values()]]);
    for (const kind of new Set(Object.values(DEVICES))) await telling.addDevice(kind);
    for (const unit of chapter.absent) await telling.sendHome(unit);
    return telling;
  }

  /** Tells a chapter from its beginning to its end. */
  static async tell(stage: Stage, template: Template, chapter: Chapter): Promise<Telling> {
    const telling = await Telling.begin(stage, template, chapter);
    for (const line of chapter.lines) await telling.play(line);
    return telling;
  }

  /** Everything that falls due up to then is done, each at its moment; then the line itself. */
  private async play(line: StoryLine): Promise<void> {
    const at = instantOfClock(this.template.zone, this.chapter.day, line.at);
    await this.passTo(at);
    if (line.kind === 'measures') {
      for (const { metric, value } of line.values) await this.measure(metric as Measured, value, at);
      await this.passTo(at);
    } else if (line.kind === 'act') await this.act(line, at);
    else await this.compare(line, at);
  }

  private get patientId(): number {
    return this.applied.patients.get(this.chapter.patient) ?? 0;
  }

  private query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.stage.database.dataSource.query(sql, values);
  }

  private unitKey(id: number | null): string | null {
    return [...this.applied.units].find(([, unitId]) => unitId === id)?.[0] ?? null;
  }

  private async addDevice(kind: string): Promise<void> {
    const { manager } = this.stage.database.dataSource;
    const { communityId } = this.applied;
    const from = this.stage.clock;
    const deviceId = await saveDevice(manager, { communityId, name: kind, kind, model: null }, from);
    await saveWearer(manager, { deviceId, userSlot: null, patientId: this.patientId, from }, from);
  }

  /** Nobody of a unit comes to work on the chapter's day: off the roster, or closed for the day where none is kept. */
  private async sendHome(key: string): Promise<void> {
    const { manager } = this.stage.database.dataSource;
    const { clock } = this.stage;
    const { zone, units } = this.template;
    const { day } = this.chapter;
    const unitId = this.applied.units.get(key) ?? 0;
    if (!units.find((unit) => unit.key === key)?.hasRoster) {
      const { onHolidays } = (await readUnits(manager)).find(({ id }) => id === unitId) ?? { onHolidays: 'as_usual' as const };
      return changeHolidays(manager, unitId, { onHolidays, specialDays: [{ day, hours: [] }] }, clock);
    }
    const [from, to] = [instantOfClock(zone, day, '00:00'), instantOfClock(zone, day, '+1 00:00')];
    for (const { id: dutyId } of await readDuty(manager, unitId, { from, to }))
      await endDuty(manager, { unitId, dutyId, byPersonId: null }, clock);
  }

  private async passTo(at: Date): Promise<void> {
    for (let round = 0; ; round++) {
      if (round > 500) throw new Error(`the clock does not come to ${at.toISOString()}`);
      const [row] = await this.query<{ due_at: Date | null }>(
        `select case when exists (select from arrival) then $2 else (select min(due_at) from patient_watch where due_at <= $1) end as due_at`,
        [at, this.stage.clock],
      );
      if (!row?.due_at) break;
      if (row.due_at > this.stage.clock) this.stage.clock = row.due_at;
      await lookAtDue(this.stage.parts, this.stage.clock);
    }
    this.stage.clock = at;
  }

  private async measure(metric: Measured, value: number, at: Date): Promise<void> {
    const device = DEVICES[metric];
    const kind = device === 'thermometer' ? 'temperature' : 'pulse-oximetry';
    const measurements = [{ type: metric, value, unit: UNITS[metric] }] as OutgoingReading['measurements'];
    const readings: OutgoingReading[] = [{ kind, deviceTime: at.toISOString(), gatewayTime: at, measurements }];
    const payload = encodeObs({ messageId: randomUUID(), sentAt: at, device: { id: device, idType: 'serial' }, readings });
    const { code: tenant } = this.applied;
    const topic = `varde/v1/${tenant}/home/dev/${device}/obs`;
    const before = await this.query(`select 1 from arrival`);
    await this.stage.ingest.take({ tenant, clientId: 'home', topic, payload, retain: false, dup: false, qos: 1, receivedAt: at });
    if ((await this.query(`select 1 from arrival`)).length === before.length)
      throw new Error(`the reading ${metric} ${value} was not taken`);
  }

  private viewer(key: string): Viewer {
    const { id, username } = this.applied.people.get(key) ?? { id: 0, username: '' };
    const { name, roles, units } = this.template.people.find((person) => person.key === key) ?? { name: '', roles: [], units: [] };
    return { personId: id, username, name, roles, unitIds: units.flatMap((unit) => this.applied.units.get(unit) ?? []) };
  }

  private async act(line: StoryAct, at: Date): Promise<void> {
    const episode = await this.episode();
    const does = async (): Promise<string | null> => {
      try {
        const { units } = this.applied;
        const unitId = units.get(line.to ?? '') ?? 0;
        const informedUnitIds = line.informed.flatMap((key) => units.get(key) ?? []);
        const act = toAct({ line, unitId, informedUnitIds, question: episode?.question ?? 0 });
        const episodeId = Number(episode?.id ?? 0);
        await inTransaction(this.stage.database.dataSource, (tx) =>
          changeEpisode(tx, this.viewer(line.by), { episodeId, seenVersion: null, act }, at),
        );
        return null;
      } catch (error) {
        if (error instanceof Error && (line.refused !== null || ['Forbidden', 'IllegalMove', 'Conflict'].includes(error.name)))
          return `${error.name} (${error.message})`;
        throw error;
      }
    };
    const refused = await does();
    const said = { at: line.at, by: line.by, does: line.does };
    expect({ ...said, refused }).toEqual({ ...said, refused: line.refused === null ? null : expect.stringContaining(line.refused) });
    await this.passTo(at);
  }

  private async episode(): Promise<EpisodeRow | undefined> {
    const [row] = await this.query<EpisodeRow>(
      `select e.id, e.owner_unit_id, e.severity, e.acknowledged_at, e.closed_at,
         (select to_unit_id from handover h where h.episode_id = e.id and h.fate is null) as offered_to,
         (select max(c.number) from consultation c where c.episode_id = e.id) as question
       from episode e where e.patient_id = $1 and not e.domains && '{technical,silence}' order by e.id desc limit 1`,
      [this.patientId],
    );
    return row;
  }

  private async compare(line: StoryExpectation, at: Date): Promise<void> {
    const scene = await this.scene(line, at);
    const expected = {
      ...{ at: line.at, owner: line.owner, severity: line.severity ?? scene.severity, state: line.state ?? scene.state },
      offeredTo: line.offeredTo === undefined ? scene.offeredTo : line.offeredTo,
      told: line.told === null ? scene.told : [...line.told].sort(),
      advised: line.advised ?? scene.advised,
      adviceSays: line.adviceSays === null ? scene.adviceSays : expect.stringContaining(line.adviceSays),
      seenBy: line.seenBy === null ? scene.seenBy : [...line.seenBy].sort(),
    };
    expect(scene).toEqual(expected);
  }

  private async scene(line: StoryExpectation, at: Date): Promise<Scene> {
    const episode = await this.episode();
    const advice = await this.newAdvice();
    const state = episode === undefined ? null : episode.closed_at ? 'closed' : episode.acknowledged_at ? 'acknowledged' : 'waiting';
    return {
      ...{ at: line.at, owner: this.unitKey(episode?.owner_unit_id ?? null), severity: episode?.severity ?? null, state },
      offeredTo: this.unitKey(episode?.offered_to ?? null),
      told: await this.newNotices(),
      advised: advice.map(({ kind }) => kind),
      adviceSays: advice.at(-1)?.text_nb ?? '',
      seenBy: line.seenBy === null ? [] : await this.seers(at),
    };
  }

  private async newNotices(): Promise<string[]> {
    const rows = await this.query<{ id: string; cause: string; unit_id: number }>(
      `select n.id, n.cause, n.unit_id from notice n join episode e on e.id = n.episode_id
       where e.patient_id = $1 and not e.domains && '{technical,silence}' and n.channel = 'worklist' and n.id > $2 order by n.id`,
      [this.patientId, this.noticesTold],
    );
    this.noticesTold = Number(rows.at(-1)?.id ?? this.noticesTold);
    return rows.map(({ cause, unit_id: unitId }) => `${cause} ${this.unitKey(unitId) ?? ''}`).sort();
  }

  private async newAdvice(): Promise<{ id: string; kind: string; text_nb: string }[]> {
    const rows = await this.query<{ id: string; kind: string; text_nb: string }>(
      `select id, kind, text_nb from home_advice where patient_id = $1 and id > $2 order by id`,
      [this.patientId, this.adviceTold],
    );
    this.adviceTold = Number(rows.at(-1)?.id ?? this.adviceTold);
    return rows;
  }

  /** Who has the patient on their worklist. */
  private async seers(at: Date): Promise<string[]> {
    const seers: string[] = [];
    for (const { key } of this.template.people) {
      const question = { unitId: null, includeInfo: false, offset: 0, limit: 50 };
      const list = await readWorklist(this.stage.database.dataSource.manager, this.viewer(key), question, at);
      if (list.rows.some(({ patientId }) => patientId === this.patientId)) seers.push(key);
    }
    return seers.sort();
  }
}

interface Act {
  readonly line: StoryAct;
  /** The unit it names. */
  readonly unitId: number;
  readonly informedUnitIds: readonly number[];
  /** The newest question that waits. */
  readonly question: number;
}

function toAct({ line, unitId, informedUnitIds, question }: Act): PersonAct {
  const { does, says, outcome } = line;
  switch (does) {
    case 'acknowledge':
    case 'accept':
      return { kind: does };
    case 'release':
    case 'note':
      return { kind: does, note: says };
    case 'close':
      return { kind: does, outcome: outcome ?? 'no_action_needed', note: says };
    case 'offer':
      return { kind: does, toUnitId: unitId, reason: says, answerMin: null, informedUnitIds };
    case 'decline':
    case 'recall':
      return { kind: does, reason: says };
    case 'move':
      return { kind: does, toUnitId: unitId, reason: says };
    case 'ask_advice':
      return { kind: does, unitId, question: says, answerMin: null };
    case 'give_advice':
      return { kind: does, number: question, answer: says };
  }
}
