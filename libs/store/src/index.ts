export { openDatabase, UnfitDatabase } from './database.js';
export type { Database, Edition, OpenOptions } from './database.js';
export { DataDirectoryInUse, EngineDidNotStart, startEmbedded } from './embedded/supervisor.js';
export type { EmbeddedEngine, EmbeddedOptions } from './embedded/supervisor.js';
export { inTransaction } from './in-transaction.js';
export type { Heard } from './listener.js';
export type { Log } from './log.js';
export { DatabaseIsNewer, migrate } from './migrate.js';
export type { Migration, Steps } from './migrate.js';
export { CHANGES_KEPT_DAYS, claimJob, runPolicies, trimExpired, vacuumBusyTables } from './housekeeping.js';
export type { Job } from './housekeeping.js';
export { claimNotices, RETRY_WAITS_MS, saveNoticeDelivered, saveNoticeFailure } from './notices.js';
export type { NoticeToSend } from './notices.js';
export { readPlans } from './plans-read.js';
export { readRevokedClients } from './revoked.js';
export type { Agreed } from './plans-read.js';
export { FULL_EDITION_POLICIES } from './policies.js';
export { claimDue, readNextDueAt } from './watch-claim.js';
export type { Claim } from './watch-claim.js';
export { readRecorded, saveFindings, savePostponed, saveWatchStates } from './watch-save.js';
export type { PatientFinding, WatchState } from './watch-save.js';
export { readDailyMedians, readReadings, readRefusedValues, saveDayMedians, WINDOW_HOURS } from './watch-window.js';
export { readEpisodesForLook, readSnoozes } from './episode-rows.js';
export { saveEpisodeChanges, StaleEpisode } from './episodes.js';
export type { PatientEpisodeChange } from './episodes.js';
export { LOCK_IDS } from './lock-ids.js';
export { readKeptChanges, readWorklistChanges, saveWorklistChanges, WORKLIST_CHANNEL } from './stream.js';
export type { KeptChanges, SeenWorklistChange, WorklistChange, WorklistChangeDraft, WorklistChangeKind } from './stream.js';
export { Conflict, Invalid, NotFound } from './illegal.js';
export {
  changePasswordHash,
  changePersonActive,
  changePersonRoles,
  changePersonUnits,
  PERSON_ROLES,
  readPeople,
  readPersonByUsername,
  savePerson,
} from './people.js';
export type { NewPerson, Person, PersonRole } from './people.js';
export {
  changeOpeningHours,
  changeWebhook,
  readCommunities,
  readOrganisations,
  readUnits,
  saveCommunity,
  saveOrganisation,
  saveUnit,
  UNIT_CARE_LEVELS,
} from './units.js';
export type { Community, KeptUnit, NewCommunity, NewUnit, Webhook } from './units.js';
export { readPathwayVersions, savePathway } from './pathways.js';
export type { KeptPathway, NewPathway } from './pathways.js';
export { changeTeam, endMonitoring, readAgreement, readPatientLines, savePatient } from './patients.js';
export type { NewPatient, PatientAgreement, PatientLine } from './patients.js';
export { changeSchedule, endEnrolment, saveEnrolment } from './schedules.js';
export type { AgreedTime } from './schedules.js';
export { endPersonalLimit, readPersonalLimits, savePersonalLimit } from './limits.js';
export type { NewPersonalLimit } from './limits.js';
export { DEVICE_KINDS, deviceNameOf, readDeviceByName, readDeviceLines, saveDevice } from './devices.js';
export type { DeviceKind, DeviceLine, NewDevice } from './devices.js';
export { readCredentialLines, readCredentials, revokeCredential, saveCredential } from './credentials.js';
export type { ClientCredentials, CredentialLine, CredentialOwner, MadeCredential } from './credentials.js';
export { endWearer, readWearers, saveWearer } from './wearers.js';
export type { NewWearer, Wearer } from './wearers.js';
export { readCarePlans, readPathways, readTeams } from './plans-read.js';
export type { Pathways, VersionedPlan } from './plans-read.js';
export { endSession, forgetSignInTry, readAccount, readSession, saveSession, saveSignInTry } from './sessions.js';
export type { Session, SignInTry, Viewer } from './sessions.js';
export { dumpSchema } from './schema-dump.js';
export { readDeviceFacts, readWeightHistory } from './device-facts.js';
export type { DeviceFacts, DeviceName, RegisteredDevice, WearerPeriod, WeightHistory, WeightToCheck } from './device-facts.js';
export { saveBatch } from './ingest.js';
export type { Batch, DeviceState, GatewayState, Nearby, NewMeasurement, NewReading, NewRefused } from './ingest.js';
export { readParkedIds, readRefused, readRefusedMessages, saveRefusedDismissed, saveRefusedProcessed } from './refused.js';
export type { RefusedEntry, RefusedFilter, RefusedMessage, RefusedPage, RefusedState, Settlement } from './refused.js';
export { readChart, readSeries, refuseUnseen } from './charts.js';
export type { Bucket, Chart, RawPoint, Series, SeriesQuestion, TeamUnit, WornDevice } from './charts.js';
export { changeEpisode, OUTCOMES, saveNoticesDelivered, saveNoticesRead } from './episode-acts.js';
export type { EpisodeAct, PersonAct } from './episode-acts.js';
export { readEpisodeStory, readPatientEpisodes } from './episode-story.js';
export type { EpisodesQuestion, EpisodeStory, StoryFinding, StoryNotice, StoryStep } from './episode-story.js';
export { readReadiness, readWaitingSince } from './readiness.js';
export type { Readiness } from './readiness.js';
export { readWorklist } from './worklist.js';
export type { NewestValue, RunningSnooze, Worklist, WorklistEpisode, WorklistQuestion, WorklistRow } from './worklist.js';
export { readEpisodeLines, readNewestReadings, readReadingsOfMeasurements } from './episode-lines.js';
export type { EpisodeLine, EpisodeLinesQuestion, ReadingLine } from './episode-lines.js';
