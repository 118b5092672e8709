export { openDatabase } from './server/database.js';
export type { Database, Edition, OpenOptions } from './server/database.js';
export { DataDirectoryInUse, startEmbedded } from './embedded/supervisor.js';
export type { EmbeddedEngine, EmbeddedOptions } from './embedded/supervisor.js';
export { inTransaction } from './server/in-transaction.js';
export { together } from './server/together.js';
export type { Heard } from './server/listener.js';
export type { Log } from './server/log.js';
export { migrate } from './server/migrate.js';
export type { Migration } from './server/migrate.js';
export { claimJob, runPolicies, trimExpired, vacuumBusyTables } from './server/housekeeping.js';
export type { Job } from './server/housekeeping.js';
export {
  claimAsks,
  readAsksToSend,
  readHomeAsks,
  saveAskDelivered,
  saveAskFailed,
  saveAskUnheard,
  saveHomeAsks,
  saveHomeAsksSettled,
} from './looks/home-asks.js';
export type { AskToSend, HomeAskLine, PatientAsk } from './looks/home-asks.js';
export { HOME_ASK_CHANNEL, saveSentToHomes, type DuePage } from './looks/home-outbox.js';
export { readAdvice, readAdvised, saveAdvice, saveAdviceAnswers } from './looks/home-advice.js';
export type { AdviceLine, PatientAdvice } from './looks/home-advice.js';
export { claimAdvice, readAdviceToSend, saveAdviceDelivered, saveAdviceFailed, saveAdviceUnheard } from './looks/home-advice-send.js';
export type { AdviceToSend } from './looks/home-advice-send.js';
export { readAstray, tellWhereMeasured } from './looks/home-left.js';
export { claimNotices, readUndelivered, saveNoticeFailure, saveNoticeReceipt, saveNoticeSent } from './looks/notices.js';
export type { NoticeClaim, NoticeFault, NoticeReceipt, NoticeToSend, SentChannel } from './looks/notices.js';
export { readLoggedPatients, readLookFacts, readPatientLog, saveLookFacts, saveLooks } from './looks/look-log.js';
export type { KeptLook, LogKind, LogLine } from './looks/look-log.js';
export { readFrozenPathways, readReplayMaterial, readStoredOutcome } from './looks/replay-read.js';
export type { ReplayMaterial, StoredEpisode, StoredFinding, StoredOutcome } from './looks/replay-read.js';
export { readKnownPlans, readPlans } from './looks/plans-read.js';
export { readRevokedClients } from './directory/revoked.js';
export type { Agreed } from './looks/plans-read.js';
export { applyPolicies } from './server/policies.js';
export { claimDue, lockWatch, readNextDueAt } from './looks/watch-claim.js';
export type { Claim, Claiming } from './looks/watch-claim.js';
export { readRecorded, saveDueBy, saveFindings, savePostponed, saveWatchStates } from './looks/watch-save.js';
export type { PatientFinding, WatchState } from './looks/watch-save.js';
export { readReadings } from './looks/readings-read.js';
export { readDailyMedians, readRefusedValues, saveDayMedians } from './looks/watch-window.js';
export type { ReadMedians, SummarisedClaim } from './looks/watch-window.js';
export { readEpisodesForLook, readSnoozes } from './episodes/episode-rows.js';
export { saveEpisodeChanges, StaleEpisode } from './episodes/episodes.js';
export type { PatientEpisodeChange } from './episodes/episodes.js';
export { hasGoneBack, readKeptChanges, readWorklistChanges, saveWorklistChanges, WORKLIST_CHANNEL } from './episodes/stream.js';
export type { KeptChanges, SeenWorklistChange, WorklistChange, WorklistChangeDraft, WorklistChangeKind } from './episodes/stream.js';
export { Conflict, Forbidden, Invalid, NotFound } from './directory/illegal.js';
export { changePasswordHash, PERSON_ROLES, readPeople, readPersonByUsername, savePerson } from './directory/people.js';
export { changePerson } from './directory/person-change.js';
export type { PersonChange } from './directory/person-change.js';
export type { NewPerson, Person, PersonRole, Work } from './directory/people.js';
export {
  isSealed,
  changeOrganisationKind,
  changeServices,
  changeUnitOwners,
  changeWebhook,
  ORGANISATION_KINDS,
  readCommunities,
  readOrganisations,
  readUnits,
  saveCommunity,
  saveOrganisation,
  saveUnit,
  UNIT_CARE_LEVELS,
} from './directory/units.js';
export type { Community, KeptUnit, NewCommunity, NewUnit, Organisation, OrganisationKind, Webhook } from './directory/units.js';
export { changeHolidays, changeOpeningHours, HOLIDAY_RULES } from './directory/unit-hours.js';
export type { Holidays } from './directory/unit-hours.js';
export { endUnitService, readUnitServices, saveUnitService } from './directory/unit-services.js';
export type { NewUnitService, UnitService } from './directory/unit-services.js';
export { changeRosterKept, DUTY_KINDS, endDuty, readDuty, saveDuty, saveWeeklyRoster } from './directory/duty.js';
export type { DutyEntered, KeptDuty, WeeklyRoster } from './directory/duty.js';
export {
  askContactTest,
  confirmContact,
  CONTACT_CHANNELS,
  readUnitContacts,
  readUnitOfContact,
  removeContact,
  saveContact,
} from './directory/contacts.js';
export type { ContactAnswer, KeptContact, NewContact } from './directory/contacts.js';
export { contactTestCode, withContactTestCode } from './directory/contact-code.js';
export { changeResponsibility, changeTeam } from './directory/teams.js';
export type { Responsibility } from './directory/teams.js';
export { savePreflightDue } from './directory/agreement.js';
export { isPreflightDue, PREFLIGHT_DAYS, readPreflight, readPreflightMaterial, savePreflight } from './directory/preflight.js';
export type { PathwayInForce, PreflightHole, PreflightMaterial, PreflightQuestion, PreflightWalk } from './directory/preflight.js';
export { checkNewPathway, readPathwayVersions, refuseOutsider, savePathway } from './directory/pathways.js';
export type { KeptPathway, NewPathway, SavedPathway } from './directory/pathways.js';
export {
  endMonitoring,
  readAgreement,
  readPatientLines,
  readPatientsOfUnit,
  readTeamUnitIds,
  refuseUnknownPatient,
  savePatient,
} from './directory/patients.js';
export type { NewPatient, PatientAgreement, PatientLine } from './directory/patients.js';
export { changeSchedule, endEnrolment, readSchedule, saveEnrolment } from './directory/schedules.js';
export type { AgreedTime, EnrolmentChange } from './directory/schedules.js';
export { previewUntil, saveShownPreview } from './directory/shown-previews.js';
export type { NewShownPreview, PreviewOf, Shown, ShownPreview } from './directory/shown-previews.js';
export { changePersonalLimit, endPersonalLimit, readPersonalLimits } from './directory/limits.js';
export type { Author, KeptLimit, LimitChange, LimitChanged } from './directory/limits.js';
export { changeReference, endReference, readReferences } from './directory/references.js';
export type { KeptReference, ReferenceChange } from './directory/references.js';
export { changePlanText, endPlanText, readPlanTexts } from './directory/plan-texts.js';
export type { PlanTextChange } from './directory/plan-texts.js';
export { changeMeasuringDays, endMeasuringDays, readMeasuringDays } from './directory/measuring-days.js';
export type { MeasuringDaysChange } from './directory/measuring-days.js';
export { changeTreatmentLimits, endTreatmentLimits, readTreatmentLimits } from './directory/treatment-limits.js';
export type { TreatmentLimitsChange } from './directory/treatment-limits.js';
export { addGoal, endGoal, GOAL_CHARS_MAX, GOAL_OUTCOMES, readGoals } from './directory/goals.js';
export type { Goal, GoalOutcome } from './directory/goals.js';
export { changeReviewDate, endReviewDate, readReviewDates } from './directory/review-dates.js';
export type { ReviewDateChange } from './directory/review-dates.js';
export { changeRuleSwitch, changeUnitLimit, endUnitLimit, readUnitRules } from './directory/unit-limits.js';
export type { KeptRuleSwitch, KeptUnitLimit, RuleSwitchChange, UnitLimitChange } from './directory/unit-limits.js';
export { approveProposal, changeOfProposal, declineProposal, readProposals } from './directory/proposals.js';
export type { Approving } from './directory/proposals.js';
export { expireProposals, PROPOSAL_STATES } from './directory/proposal-rows.js';
export type { Proposal, ProposalKind, ProposalState } from './directory/proposal-rows.js';
export { compareTasks, readKnownTasks, saveTask, saveTaskChanges } from './looks/task-save.js';
export type { KnownTasks, TaskChanges, WantedTasks } from './looks/task-save.js';
export { readClocks, saveClockTasks } from './looks/clock-tasks.js';
export { keepSharedIdentityTasks } from './looks/shared-identities.js';
export type { ActsOfUnit } from './looks/clock-tasks.js';
export { readEffort } from './episodes/effort.js';
export type { EffortLine, EffortQuestion } from './episodes/effort.js';
export { HIT_RATE_BY, readHitRate } from './episodes/hit-rate.js';
export type { AlertLoad, HitRate, HitRateLine, HitRateQuestion } from './episodes/hit-rate.js';
export { raiseRuleReviews } from './episodes/rule-reviews.js';
export { closeTask, readTasks, TASK_STATES } from './episodes/tasks.js';
export type { Task, TaskClosing, TasksQuestion, TaskState } from './episodes/tasks.js';
export { DEVICE_KINDS, deviceNameOf, readDeviceByName, readDeviceLines, saveDevice } from './directory/devices.js';
export type { DeviceKind, DeviceLine, NewDevice } from './directory/devices.js';
export { findSecret } from './directory/secret.js';
export {
  readCredentialLines,
  readCredentials,
  revokeCredential,
  revokeLongReplaced,
  revokeReplacedBy,
  saveCredential,
} from './directory/credentials.js';
export type { ClientCredentials, CredentialLine, CredentialOwner, MadeCredential } from './directory/credentials.js';
export { correctStoredMeanwhile, endWearer, readRunningWearer, readWearers, saveWearer } from './directory/wearers.js';
export type { NewWearer, Wearer } from './directory/wearers.js';
export type { KeptSpecialDay } from './looks/teams-read.js';
export { endSession, forgetSignInTry, readAccount, readSession, saveSession, saveSignInTry } from './directory/sessions.js';
export type { Session, SignInTry, Viewer } from './directory/sessions.js';
export { readDeviceFacts } from './messages/device-facts.js';
export { readGatewayClocks, saveGatewayClocks, type GatewayName, type KeptClock } from './messages/gateway-clocks.js';
export {
  readPrintedAround,
  readStoredTimes,
  type PrintedAndHeard,
  type PrintedAround,
  type ActKey,
  type ActTimes,
} from './messages/stored-times.js';
export type { DeviceFacts, DeviceName, RegisteredDevice, WearerPeriod } from './messages/device-facts.js';
export { readLatelyWeighed, readWeightHistory } from './messages/weight-history.js';
export type { LatelyWeighed, WeightHistory, WeightToCheck, WeightToCompare } from './messages/weight-history.js';
export type { NewAnswers } from './messages/answers.js';
export { openEnteredDevice, readEntered, type EnteredAct, type EnteredDevice } from './messages/entered.js';
export { readAnswerSets, readCatFacts, type AnswersQuestion, type StoredAnswers } from './episodes/answer-sets.js';
export { readAnswers } from './looks/answers-read.js';
export { saveBatch } from './messages/ingest.js';
export { countedInstead, isCounted, isUnclaimed, readUnclaimedRoom, UNCLAIMED_KEPT_MAX, type UnclaimedRoom } from './messages/unclaimed.js';
export { saveMissingValues } from './messages/missing-values.js';
export type { Batch, DeviceState, GatewayState, Nearby, NewMeasurement, NewReading, NewRefused } from './messages/ingest.js';
export {
  claimParkedReady,
  printableText,
  readParkedIds,
  readRefused,
  readRefusedMessages,
  saveRefusedDismissed,
  saveRefusedProcessed,
} from './messages/refused.js';
export type { RefusedEntry, RefusedFilter, RefusedMessage, RefusedPage, RefusedState, Settlement } from './messages/refused.js';
export { readChart, readSeries, refuseUnseen } from './episodes/charts.js';
export { refuseOutsideTeam } from './episodes/visibility.js';
export type { Bucket, Chart, RawPoint, Series, SeriesQuestion, TeamUnit, WornDevice } from './episodes/charts.js';
export { changeEpisode } from './episodes/episode-acts.js';
export type { RefusedAct } from './episodes/episode-acts.js';
export { saveNoticesDelivered, saveNoticesRead } from './episodes/episode-notices.js';
export { OUTCOMES } from './episodes/person-act.js';
export type { EpisodeAct, PersonAct } from './episodes/person-act.js';
export { movePatient } from './episodes/moving.js';
export type { Moved, Moving } from './episodes/moving.js';
export { GIVEN_OFFERS_MAX, readHandoverLists } from './episodes/handover-lists.js';
export type { AboutEpisode, HandoverLists, KeptOffer, KeptQuestion } from './episodes/handover-lists.js';
export type { EpisodeNow, OfferNow } from './episodes/episode-now.js';
export { OFFER_FATES, QUESTION_FATES } from './episodes/handovers.js';
export type { OfferFate, QuestionFate } from './episodes/handovers.js';
export { readExplanationFacts } from './episodes/explanation.js';
export type { ExplainedFinding, ExplanationFacts, PastSnooze } from './episodes/explanation.js';
export { readEpisodeStory, readPatientEpisodes } from './episodes/episode-story.js';
export type { EpisodesQuestion, EpisodeStory, StoryFinding, StoryNotice, StoryStep } from './episodes/episode-story.js';
export { readReadiness, readWaitingSince } from './episodes/readiness.js';
export type { Readiness } from './episodes/readiness.js';
export { readWorklist } from './episodes/worklist.js';
export type {
  NewestValue,
  RunningPause,
  RunningSnooze,
  TreatmentLimitsInForce,
  UnjudgedRule,
  Worklist,
  PatientTold,
  WorklistEpisode,
  WorklistQuestion,
  WorklistRow,
} from './episodes/worklist.js';
export { readEpisodeLines, readNewestReadings, readReadingsOfMeasurements } from './episodes/episode-lines.js';
export type { EpisodeLine, EpisodeLinesQuestion, ReadingLine } from './episodes/episode-lines.js';
export { readWeighing, type Weighing, type WhoseWeight } from './messages/said-of-weight.js';
export { tellEndedSnoozes } from './episodes/snooze-ends.js';
export { tellPauses } from './directory/pause-telling.js';
export { endPause, NURSE_PAUSE_HOURS_MAX, readPauses, savePause } from './directory/pauses.js';
export type { KeptPause, NewPause } from './directory/pauses.js';
export {
  HEARTBEAT_EVERY_MS,
  readBeats,
  readNoticesLateMs,
  readOutages,
  retirePart,
  saveGoodbye,
  saveHeartbeats,
  SERVICE_PARTS,
} from './server/heartbeat.js';
export type { Beat, LastBeat, Outage, Player, ServicePart } from './server/heartbeat.js';
export {
  claimTellings,
  readBlind,
  readPatientsWaiting,
  saveAllBlind,
  saveBlind,
  saveBlindDetail,
  saveDatabaseWasAway,
  saveMoreTouched,
  saveNotTold,
  savePatientsWaiting,
  saveSeesAgain,
  saveTold,
  worklistStaleSince,
} from './server/blindness.js';
export type { BlindPart, BlindWhy, Blindness, Noticed, NoticedToTell } from './server/blindness.js';
export { readCaughtUp, saveOverTold } from './server/caught-up.js';
export type { CaughtUp, Stretch } from './server/caught-up.js';
export {
  claimSelfTest,
  closeSelfTest,
  readHasPatients,
  readSelfTestBegin,
  readSelfTestProgress,
  readSelfTests,
  readSelfTestUnitIds,
  saveSelfTest,
  saveSelfTestHome,
} from './directory/self-test.js';
export type { SelfTestHome, SelfTestProgress, SelfTestResult } from './directory/self-test.js';
export { readTellContacts } from './server/tell-contacts.js';
export type { TellContact } from './server/tell-contacts.js';
export { readGatewayPatients, readGatewaysHere, readGoneGateways } from './server/gone-gateways.js';
export type { GatewayHere, GoneGateway, TouchedByGateway } from './server/gone-gateways.js';
export { readContacts } from './looks/contact.js';
export { saveBrokerStarted, saveConnectionNews } from './messages/connections.js';
export type { ConnectionNews } from './messages/connections.js';
export { readHistories, unpackHistory } from './looks/history-read.js';
export type { HistoryQuestion, PackedHistory, PatientHistory } from './looks/history-read.js';
export { reviveAct, reviveMoments } from './looks/revive-moments.js';
