import { Body, Controller, Get, HttpCode, Inject, NotImplementedException, Optional, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { findForm, type Questionnaires } from '@varde/plans';
import { tellCatNote, type Catalogue, type Words } from '@varde/rules';
import {
  Invalid,
  readAnswerSets,
  readCatFacts,
  readChart,
  refuseOutsideTeam,
  type Database,
  type StoredAnswers,
  type Viewer,
} from '@varde/store';
import { METRICS } from '@varde/vitals';
import { encodeObs, type Answer, type FindForm } from '@varde/wire';
import type { EntityManager } from 'typeorm';
import { ENTER, type Enter } from '../entering/enter.js';
import { enterAnswers, envelopeOf } from '../entering/enter-answers.js';
import { keepEntry, printedOf, type Bench } from '../entering/entries.js';
import { CATALOGUE, DATABASE, QUESTIONNAIRES } from '../provided.js';
import { CLINICAL, Roles, SignedIn } from './access.js';
import { AnswersDto, AnswersQuery, EnteredDto, NewAnswersDto, NewObservationsDto, QuestionsDto, QuestionsQuery } from './answers.dto.js';
import { IdPath } from './fields.js';
import { RECENT_DAYS, tellQuestions } from './questions.js';

const DAY_MS = 86_400_000;
const ANSWERS_DAYS = 30;

/** What patients are asked and answer, and what people measure by hand: over the telephone, at a home visit. */
@ApiTags('answers')
@Roles(...CLINICAL)
@Controller('patients/:id')
export class AnswersController {
  private readonly manager: EntityManager;
  private readonly forms: FindForm;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
    @Inject(QUESTIONNAIRES) private readonly questionnaires: Questionnaires,
    @Optional() @Inject(ENTER) private readonly enter: Enter | undefined,
  ) {
    this.manager = database.dataSource.manager;
    this.forms = findForm(questionnaires);
  }

  /** Filled-in questionnaires. */
  @Get('answers')
  @ApiOperation({ summary: "A patient's filled-in questionnaires of a period, newest first" })
  @ApiOkResponse({ type: [AnswersDto] })
  async answers(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Query() query: AnswersQuery): Promise<AnswersDto[]> {
    const to = query.to ?? new Date();
    const from = query.from ?? new Date(to.getTime() - ANSWERS_DAYS * DAY_MS);
    if (from >= to) throw new Invalid(['from must be before to']);
    const sets = await readAnswerSets(this.manager, viewer, { patientId: id, from, to, limit: query.limit ?? 100 });
    const notes = await this.catNotes(id, sets);
    return sets.map((set) => ({ ...this.tellAnswers(set), note: notes.get(set.measurementId) ?? null }));
  }

  /** What to ask. */
  @Get('questions')
  @ApiOperation({ summary: 'What is to be asked of a patient, in Norwegian and English: the union of all programmes, each question once' })
  @ApiOkResponse({ type: [QuestionsDto] })
  async questions(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Query() { due }: QuestionsQuery): Promise<QuestionsDto[]> {
    const now = new Date();
    const { plan, closelyFollowedFrom } = await readChart(this.manager, viewer, id, now);
    const from = new Date(now.getTime() - RECENT_DAYS * DAY_MS);
    const recent = await readAnswerSets(this.manager, viewer, { patientId: id, from, to: new Date(now.getTime() + DAY_MS), limit: 500 });
    const told = tellQuestions({ questionnaires: this.questionnaires, plan, closelyFollowedFrom, recent }, now);
    return due ? told.filter(({ plannedAt, answeredAt }) => plannedAt !== null && answeredAt === null) : told;
  }

  /** Enters answers. */
  @Post('answers')
  @HttpCode(200)
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'Enter a questionnaire answered by telephone or at a visit; sent again with the same key it is kept once' })
  @ApiOkResponse({ type: EnteredDto })
  async enterAnswers(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() given: NewAnswersDto): Promise<EnteredDto> {
    const { key, questionnaire, version = null, answeredAt: at = null, answeredBy = 'nurse' } = given;
    const answers = { patientId: id, key, questionnaire, version, answeredBy, at, items: given.items as Record<string, Answer> };
    return enterAnswers({ ...this.bench(), questionnaires: this.questionnaires }, viewer, answers, new Date());
  }

  /** Enters what was measured by hand. */
  @Post('observations')
  @HttpCode(200)
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'Enter what was measured at a visit; sent again with the same key it is kept once' })
  @ApiOkResponse({ type: EnteredDto })
  async enterObservations(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() given: NewObservationsDto): Promise<EnteredDto> {
    await refuseOutsideTeam(this.manager, viewer, id);
    const measurements = given.values.map(({ metric, value }) => ({ type: metric, value, unit: METRICS[metric].unit }));
    const context = { enteredBy: viewer.personId, ...(given.standing === true && { posture: 'standing' }) };
    const reading = { key: given.key, kind: 'visit', measurements, quality: 'manual', context } as const;
    const question = { patientId: id, kind: 'obs', at: given.observedAt ?? null, now: new Date() } as const;
    return keepEntry(this.bench(), question, ({ at, now, device }) =>
      encodeObs({ ...envelopeOf(device, now), readings: [{ ...reading, deviceTime: printedOf(at), gatewayTime: now }] }),
    );
  }

  private bench(): Bench {
    if (this.enter === undefined) throw new NotImplementedException('this process takes no entries: ask one that plays ingest');
    return { manager: this.manager, enter: this.enter, findForm: this.forms };
  }

  /** What is noted of CAT scores, by their measurement. */
  private async catNotes(patientId: number, sets: readonly StoredAnswers[]): Promise<ReadonlyMap<number, Words | null>> {
    const scored = sets.flatMap(({ measurementId, observedAt, scores }) => {
      const cat = scores.find(({ metric, doubt }) => metric === 'cat-score' && doubt === null);
      return cat === undefined ? [] : [{ measurementId, score: cat.value, at: observedAt }];
    });
    // Newest first.
    const oldest = scored.at(-1);
    const facts = oldest && (await readCatFacts(this.manager, patientId, { firstAt: oldest.at, now: new Date() }));
    if (!facts) return new Map();
    return new Map(scored.map((each) => [each.measurementId, tellCatNote({ catalogue: this.catalogue, ...facts }, each)]));
  }

  private tellAnswers({ items, ...set }: StoredAnswers): Omit<AnswersDto, 'note'> {
    const told = Object.entries(items).map(([code, answer]) => {
      const question = this.questionnaires.questions.get(code);
      return { code, question: question ? { nb: question.nb, en: question.en } : null, answer };
    });
    return { ...set, items: told };
  }
}
