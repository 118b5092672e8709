import type { Deadlines, LadderStep, Pathway, Route } from './pathway.js';
import type { CareLevel } from './unit.js';

/**
 * How long an acknowledgement holds (clinical README 11.1: yellow 24 h, red 2 h, critical 15 min; info is not named there and is given as
 * long as advice about it), unless the person's shift ends before.
 */
const ACKNOWLEDGED_MIN = { info: 4_320, yellow: 1_440, red: 120, critical: 15 } as const;

/** A step on the ordinary clock. */
const after = (afterMin: number, careLevel: LadderStep['careLevel'], to: string): LadderStep => ({
  afterMin,
  openingHoursClock: false,
  careLevel,
  to,
});

/** A step on the opening-hours clock of the owner: yellow waits for service hours (`severity_levels[].opening_hours_clock`). */
const afterOpen = (afterMin: number, careLevel: CareLevel, to: string): LadderStep => ({
  afterMin,
  openingHoursClock: true,
  careLevel,
  to,
});

const INFO: Route = { severity: 'info', first: ['dho'], ladder: [], acknowledgementMin: ACKNOWLEDGED_MIN.info };

const YELLOW: Route = {
  severity: 'yellow',
  first: ['dho'],
  ladder: [
    afterOpen(0, 'dho', 'worklist'),
    afterOpen(240, 'dho', 'team reminder'),
    { ...afterOpen(0, 'dho', 'team lead'), serviceDays: 1 },
    // `routing_default`: by message if not settled in 1-2 service days.
    { ...afterOpen(0, 'gp', 'gp by message'), serviceDays: 2 },
  ],
  acknowledgementMin: ACKNOWLEDGED_MIN.yellow,
};

const RED: Route = {
  severity: 'red',
  // A hospital clinic only when it holds the responsibility for the treatment.
  first: ['dho', 'responsible', 'gp', 'legevakt'],
  ladder: [
    after(0, 'dho', 'dho on duty'),
    after(30, 'dho', 'all dho staff on duty'),
    after(60, 'dho', 'team lead and responsible clinician'),
    after(60, 'responsible', 'team lead and responsible clinician'),
    after(120, 'legevakt', 'incident record, legevakt by phone'),
  ],
  acknowledgementMin: ACKNOWLEDGED_MIN.red,
  endsWithAdvice: true,
};

const CRITICAL: Route = {
  severity: 'critical',
  first: ['dho', 'legevakt'],
  ladder: [
    after(0, 'dho', 'patient text and dho on duty'),
    after(5, 'dho', 'second person or team lead'),
    after(10, 'legevakt', 'on-call clinician'),
    after(15, 'home_nursing', 'patient not reached: call 113 / local procedure for home visit'),
  ],
  acknowledgementMin: ACKNOWLEDGED_MIN.critical,
  endsWithAdvice: true,
};

/** How long another unit has to answer until a community agrees otherwise: as long as its own people would have (clinical README 10.3), ours. */
export const DEFAULT_DEADLINES: Deadlines = {
  handoverMin: { info: 2_880, yellow: 1_440, red: 30, critical: 5 },
  consultationMin: { info: 4_320, yellow: 1_440, red: 60, critical: 10 },
};

/**
 * The pathway of the rule catalogue (`routing_default`, `escalation_ladder`, version 1 of each), until a community writes its own.
 * The program calls nobody by telephone: a step tells a unit, whose people do what the step names.
 */
export const DEFAULT_PATHWAY: Pathway = {
  id: 0,
  version: 1,
  routes: [INFO, YELLOW, RED, CRITICAL],
  cooperations: [],
  deadlines: DEFAULT_DEADLINES,
};
