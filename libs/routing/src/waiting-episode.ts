import { NEVER_OFFERED, waitingFrom, type Episode } from '@varde/alerts';
import type { Severity } from '@varde/rules';

/** An episode of nobody in particular that opens at `at` and waits in the queue of its owner: what a ladder asks of one, and nothing more. */
export function waitingEpisode(severity: Severity, ownerUnitId: number, at: Date): Episode {
  return {
    id: 0,
    patientId: 0,
    domains: [],
    severity,
    signals: [],
    openedAt: at,
    begunAgainAt: null,
    lastSignalAt: at,
    ownerUnitId,
    ...NEVER_OFFERED,
    ...waitingFrom(at),
    clearedAt: null,
    closedAt: null,
    closedByPersonId: null,
    outcome: null,
    relapses: 0,
    pathwayId: 0,
    pathwayVersion: 0,
    version: 0,
  };
}
