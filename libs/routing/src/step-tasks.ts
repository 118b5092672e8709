import { stateOf, type Episode } from '@varde/alerts';
import type { TaskDraft } from '@varde/plans';
import { SEVERITY_WORDS } from '@varde/rules';
import { endOfServiceDay } from './opening-hours.js';
import type { LadderStep, Route } from './pathway.js';
import type { Unit } from './unit.js';

/** Steps of `escalation_ladder` that want a team lead, by name: a unit is told, and a notice to a unit is nobody's in particular. */
const LEAD_STEPS: Readonly<Record<string, 'ladder-lead' | 'incident-record'>> = {
  'team lead': 'ladder-lead',
  'team lead and responsible clinician': 'ladder-lead',
  'incident record, legevakt by phone': 'incident-record',
};

const LEAD_WORDS = {
  'ladder-lead': {
    nb: 'ingen har kvittert; teamleder sørger for at noen tar den',
    en: 'nobody has acknowledged it; a team lead sees to it that somebody takes it',
  },
  'incident-record': {
    nb: 'ingen har kvittert, og trappen er kommet til avvik; skriv avvik',
    en: 'nobody has acknowledged it, and the ladder has come to its incident record; write the record',
  },
} as const;

/**
 * What the team lead is to do because a ladder has come to a step; null: nothing. It is theirs until they have done it, whoever takes the
 * episode meanwhile. Once for each time the episode opens.
 */
export function leadTaskOf({ id, severity, relapses }: Episode, { to }: LadderStep): TaskDraft | null {
  const kind = LEAD_STEPS[to];
  if (kind === undefined) return null;
  const { nb, en } = SEVERITY_WORDS[severity];
  const reason = { nb: `Hendelse ${id}, ${nb}: ${LEAD_WORDS[kind].nb}`, en: `Episode ${id}, ${en}: ${LEAD_WORDS[kind].en}` };
  return { key: `${kind}:${id}/${relapses}`, kind, ruleId: null, forRole: 'team_lead', reason, dueAt: null };
}

/**
 * When the GP is to know of what a person has and has not settled (`routing_default`, yellow); null: not by this route. The ladder tells the
 * GP of what nobody has.
 */
export function gpToKnowAt(episode: Episode, { ladder }: Route, owner: Unit | undefined): Date | null {
  if (stateOf(episode) !== 'acknowledged' || episode.clearedAt !== null || owner === undefined) return null;
  const days = ladder.find(({ careLevel, serviceDays }) => careLevel === 'gp' && serviceDays !== undefined)?.serviceDays;
  return days === undefined ? null : endOfServiceDay(owner, episode.begunAgainAt ?? episode.openedAt, days);
}

/** The task of the GP for one that is not settled. */
export function gpTaskOf({ id, severity }: Episode, dueAt: Date): TaskDraft {
  const { nb, en } = SEVERITY_WORDS[severity];
  return {
    key: `not-settled:${id}`,
    kind: 'not-settled',
    ruleId: null,
    forRole: 'physician',
    reason: {
      nb: `Hendelse ${id}, ${nb}, er ikke avklart innen tjenestedagene i forløpet: fastlegen bør få vite om den`,
      en: `Episode ${id}, ${en}, is not settled within the service days of its pathway: the GP is to know of it`,
    },
    dueAt,
  };
}
