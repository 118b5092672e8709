import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isOnlyInEpisode, newestQuestionnaire, questionnaireOf, type Questionnaires } from '@varde/plans';
import {
  changeResponsibility,
  changeSchedule,
  changeTeam,
  endEnrolment,
  endMonitoring,
  Forbidden,
  inTransaction,
  Invalid,
  movePatient,
  readAgreement,
  readSchedule,
  refuseOutsideTeam,
  refuseUnseen,
  saveEnrolment,
  savePatient,
  type Database,
  type PatientAgreement,
  type Viewer,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { DATABASE, QUESTIONNAIRES } from '../provided.js';
import { CLINICAL, Roles, SignedIn, type PersonRole } from './access.js';
import { IdPath } from './fields.js';
import {
  EnrolmentDto,
  EnrolmentPath,
  MovedDto,
  MovingDto,
  NewPatientDto,
  ResponsibilityDto,
  ScheduleDto,
  StoredScheduleDto,
  TeamDto,
} from './patients.dto.js';
import { MadeDto } from './people.dto.js';
import { NeedsPreview, PreviewedDto } from './previews.dto.js';

/** Roles that start and end programmes (`roles.treating_physician` in the catalogue). */
const ENROLLING = ['physician'] as const satisfies readonly PersonRole[];

/** What is agreed about patients: who is followed, by whom, in which programmes, and when they measure. */
@ApiTags('care plans')
@Roles(...CLINICAL)
@Controller('patients')
export class PatientsController {
  private readonly manager: EntityManager;
  private readonly dataSource: Database['dataSource'];

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(QUESTIONNAIRES) private readonly questionnaires: Questionnaires,
  ) {
    this.dataSource = database.dataSource;
    this.manager = database.dataSource.manager;
  }

  /** Begins to follow a patient. */
  @Post()
  @ApiOperation({ summary: 'Begin to follow a patient; one of your units must be in the team, and only a physician starts programmes' })
  async add(@SignedIn() viewer: Viewer, @Body() { birthYear, zone, ...patient }: NewPatientDto): Promise<MadeDto> {
    if (patient.programmes.length > 0 && !ENROLLING.some((role) => viewer.roles.includes(role)))
      throw new Forbidden(
        `to start programmes needs the role ${ENROLLING.join(' or ')}; register the patient without, and let one enrol them`,
      );
    if (!patient.unitIds.some((id) => viewer.unitIds.includes(id))) throw new Invalid(['one of your own units must be in the team']);
    const given = { ...patient, birthYear: birthYear ?? null, zone: zone ?? 'Europe/Oslo', pathwayId: null };
    return { id: await savePatient(this.manager, given, new Date()) };
  }

  /** The plan, the team, and the holes in its pathway. */
  @Get(':id/plan')
  @ApiOperation({ summary: 'Care plan and team of a patient, and which steps of the pathway would reach nobody' })
  async plan(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<PatientAgreement> {
    await refuseUnseen(this.manager, viewer, id);
    return readAgreement(this.manager, id, new Date());
  }

  /** Replaces the team. */
  @Put(':id/team')
  @HttpCode(204)
  @Roles('team_lead')
  @ApiOperation({ summary: 'Replace the team; the owner of an open episode cannot leave it' })
  async team(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { unitIds }: TeamDto): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, id);
    await changeTeam(this.manager, id, unitIds, new Date());
  }

  /** Says who answers for the patient. */
  @Put(':id/responsibility')
  @HttpCode(204)
  @Roles('team_lead', 'physician')
  @ApiOperation({ summary: 'Say where the patient lives and which unit of the team holds the responsibility for the treatment' })
  async responsibility(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() body: ResponsibilityDto): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, id);
    await changeResponsibility(this.manager, id, body, new Date());
  }

  /** Moves the patient to another municipality. */
  @Post(':id/move')
  @HttpCode(200)
  @Roles('team_lead')
  @ApiOperation({ summary: 'Move to another municipality: team, open episodes, tasks and history go along in one transaction' })
  @ApiOkResponse({ type: MovedDto })
  async move(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() body: MovingDto): Promise<MovedDto> {
    const moving = { ...body, patientId: id, responsibleUnitId: body.responsibleUnitId ?? null };
    return inTransaction(this.dataSource, async (tx) => {
      await refuseOutsideTeam(tx, viewer, id);
      return movePatient(tx, viewer, moving, new Date());
    });
  }

  /** Starts a programme. */
  @Post(':id/enrolments')
  @HttpCode(204)
  @Roles(...ENROLLING)
  @ApiOperation({ summary: 'Start a programme with its default schedule' })
  @NeedsPreview()
  async enrol(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { programme, previewId }: EnrolmentDto): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, id);
    const shown = { personId: viewer.personId, previewId: previewId ?? null };
    await saveEnrolment(this.manager, { patientId: id, programme, ...shown }, new Date());
  }

  /** Ends a programme. */
  @Delete(':id/enrolments/:programme')
  @HttpCode(204)
  @Roles(...ENROLLING)
  @ApiOperation({ summary: 'End a programme' })
  @NeedsPreview()
  async unenrol(
    @SignedIn() viewer: Viewer,
    @Param() { id, programme }: EnrolmentPath,
    @Query() { previewId }: PreviewedDto,
  ): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, id);
    const shown = { personId: viewer.personId, previewId: previewId ?? null };
    await endEnrolment(this.manager, { patientId: id, programme, ...shown }, new Date());
  }

  /** What is stored of the schedule. */
  @Get(':id/schedule')
  @ApiOperation({ summary: 'What is stored of the schedule, running or yet to begin: what to change and to replace it with' })
  @ApiOkResponse({ type: StoredScheduleDto })
  async storedSchedule(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<StoredScheduleDto> {
    await refuseUnseen(this.manager, viewer, id);
    const stored = await readSchedule(this.manager, id, new Date());
    return { times: stored.map(({ to, ...item }) => ({ ...item, onlyInEpisode: isOnlyInEpisode(item), ...(to !== null && { to }) })) };
  }

  /** Replaces the schedule. */
  @Put(':id/schedule')
  @HttpCode(204)
  @Roles('nurse')
  @ApiOperation({
    summary: 'Replace what the patient has agreed to measure and to be asked, from now on',
    description:
      'Ends every stored line that runs, drops those that have yet to begin, and stores these instead. Begin with what `GET` of the same path ' +
      'gives. The `schedule` of the patient is another thing: what is asked for now, cut to the measuring days and with the week before a review ' +
      'in it; written back, a line that is `isDerived` there would be asked for always, and what was left out never again. While measuring days ' +
      'are agreed, a line that is not stored already keeps to them.',
  })
  async schedule(@SignedIn() viewer: Viewer, @Param() { id }: IdPath, @Body() { times }: ScheduleDto): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, id);
    const unknown = times.flatMap(({ metric }) => {
      const code = questionnaireOf(metric);
      return code === null || newestQuestionnaire(this.questionnaires, code) !== null ? [] : [`there is no questionnaire ${code}`];
    });
    if (unknown.length > 0) throw new Invalid(unknown);
    await changeSchedule(this.manager, id, times, new Date());
  }

  /** Ends the follow-up. */
  @Post(':id/end')
  @HttpCode(204)
  @Roles('nurse', 'physician')
  @ApiOperation({ summary: 'End the follow-up; open episodes stay until somebody closes them' })
  async end(@SignedIn() viewer: Viewer, @Param() { id }: IdPath): Promise<void> {
    await refuseOutsideTeam(this.manager, viewer, id);
    await endMonitoring(this.manager, id, new Date());
  }
}
