import { Community0001 } from './0001-community.js';
import { Readings0002 } from './0002-readings.js';
import { Episodes0003 } from './0003-episodes.js';
import { Answers0005 } from './0005-answers.js';
import { Limits0006 } from './0006-limits.js';
import { Silence0007 } from './0007-silence.js';
import { HomeAsks0008 } from './0008-home-asks.js';
import { LookLog0009 } from './0009-look-log.js';
import { HitRate0010 } from './0010-hit-rate.js';
import { Duty0011 } from './0011-duty.js';
import { Handover0012 } from './0012-handover.js';
import { Pathway0013 } from './0013-pathway.js';
import { Telling0014 } from './0014-telling.js';
import { Preflight0015 } from './0015-preflight.js';
import { Blindness0016 } from './0016-blindness.js';
import { WearerCorrected0017 } from './0017-wearer-corrected.js';
import { OneWorklist0018 } from './0018-one-worklist.js';
import { OneWorklistPlannedOnce0019 } from './0019-one-worklist-planned-once.js';
import { ShownPreviews0020 } from './0020-shown-previews.js';
import { MergedEpisodes0021 } from './0021-merged-episodes.js';
import { UnitRulesVersion0022 } from './0022-unit-rules-version.js';
import { DirectoryVersion0023 } from './0023-directory-version.js';
import { InEpisode0024 } from './0024-in-episode.js';
import { CliniciansOnDuty0025 } from './0025-clinicians-on-duty.js';
import { FailedNotices0026 } from './0026-failed-notices.js';
import { LateWhat0027 } from './0027-late-what.js';
import { WarningSigns0028 } from './0028-warning-signs.js';
import { WaysOfReadings0029 } from './0029-ways-of-readings.js';
import { MeasuringDays0030 } from './0030-measuring-days.js';
import { ReviewDates0031 } from './0031-review-dates.js';
import { WhoseWeight0032 } from './0032-whose-weight.js';
import { TreatmentLimits0033 } from './0033-treatment-limits.js';
import { Goals0034 } from './0034-goals.js';

/** Every migration in order. Once landed, a migration is never edited. */
export const MIGRATIONS = [
  Community0001,
  Readings0002,
  Episodes0003,
  Answers0005,
  Limits0006,
  Silence0007,
  HomeAsks0008,
  LookLog0009,
  HitRate0010,
  Duty0011,
  Handover0012,
  Pathway0013,
  Telling0014,
  Preflight0015,
  Blindness0016,
  WearerCorrected0017,
  OneWorklist0018,
  OneWorklistPlannedOnce0019,
  ShownPreviews0020,
  MergedEpisodes0021,
  UnitRulesVersion0022,
  DirectoryVersion0023,
  InEpisode0024,
  CliniciansOnDuty0025,
  FailedNotices0026,
  LateWhat0027,
  WarningSigns0028,
  WaysOfReadings0029,
  MeasuringDays0030,
  ReviewDates0031,
  WhoseWeight0032,
  TreatmentLimits0033,
  Goals0034,
];
