import { ChangeNotJudged, preview, WARM_UP_DAYS, type Preview, type ProposedChange } from '@varde/look';
import { DEFAULT_PATHWAY, type Pathway, type Team } from '@varde/routing';
import type { CarePlan } from '@varde/plans';
import type { Catalogue } from '@varde/rules';
import { NotFound, readHistories, readPlans, unpackHistory, type PackedHistory } from '@varde/store';
import type { EntityManager } from 'typeorm';

const DAY_MS = 86_400_000;
/** Days before the first look of a rehearsal whose readings it is given: what lies further back comes as daily medians. */
const READINGS_BEFORE_DAYS = 38;
/** What change_control asks to be shown before a limit is saved. */
export const PREVIEW_DAYS_MIN = 28;

/** The preview of one patient, ready to be worked out in any thread: nothing in it is more than data. */
export interface PreviewQuestion {
  readonly plan: CarePlan;
  /** Of the plan: what changes it afterwards makes the preview one of another plan. */
  readonly planVersion: number;
  readonly team: Team;
  readonly pathway: Pathway;
  readonly history: PackedHistory;
  readonly changes: readonly ProposedChange[];
  readonly from: Date;
  readonly to: Date;
}

/** What is to be previewed. */
export interface PreviewRequest {
  readonly changes: readonly ProposedChange[];
  /** The last days, up to `to`. */
  readonly days: number;
  readonly to: Date;
}

/**
 * Reads what a preview of these patients needs, in a dozen statements however many they are. The plan as it is carries its history, so the
 * rehearsal of the period goes by the limits of then. Patients without a pathway in force are previewed on the default one.
 * @throws NotFound for a patient there is not
 */
export async function readPreviewQuestions(
  manager: EntityManager,
  catalogue: Pick<Catalogue, 'metrics' | 'baselineMetrics'>,
  patientIds: readonly number[],
  { changes, days, to }: PreviewRequest,
): Promise<PreviewQuestion[]> {
  const from = new Date(to.getTime() - days * DAY_MS);
  const begin = new Date(from.getTime() - (WARM_UP_DAYS + READINGS_BEFORE_DAYS) * DAY_MS);
  const { metrics, baselineMetrics } = catalogue;
  const agreed = await readPlans(manager, patientIds, to);
  const histories = await readHistories(manager, patientIds, { from: begin, to, metrics, baselineMetrics });
  return patientIds.map((id) => {
    const [plan, history] = [agreed.get(id), histories.get(id)];
    if (plan === undefined || history === undefined) throw new NotFound('patient', id);
    return {
      plan: plan.plan,
      planVersion: plan.planVersion,
      team: plan.team,
      pathway: plan.pathway ?? DEFAULT_PATHWAY,
      history,
      changes,
      from,
      to,
    };
  });
}

/** Works a preview out. Takes processor time: in the service it belongs into a thread of its own (`PreviewPool`). */
export function answerPreview(catalogue: Catalogue, question: PreviewQuestion): Preview {
  const { plan, team, pathway, changes, from, to } = question;
  const { snoozes, episodes, ...history } = unpackHistory(question.history);
  const begin = new Date(from.getTime() - WARM_UP_DAYS * DAY_MS);
  return preview({
    ...history,
    agreement: { catalogue, plan, team, pathway, frozenPathways: [], snoozes },
    // What was open then is come to again in the warm-up.
    episodes: episodes.filter(({ closedAt }) => closedAt !== null && closedAt < begin),
    recorded: [],
    known: episodes,
    changes,
    from,
    to,
  });
}

/** A preview, or why there is none. Plain data, for threads. */
export type PreviewTried =
  | { readonly preview: Preview; readonly fault: null; readonly isOfTheChange: false }
  | {
      readonly preview: null;
      readonly fault: string;
      /** The patient can be judged as things are, and could not with the change. */
      readonly isOfTheChange: boolean;
    };

/** As `answerPreview`, and does not throw. */
export function tryPreview(catalogue: Catalogue, question: PreviewQuestion): PreviewTried {
  try {
    return { preview: answerPreview(catalogue, question), fault: null, isOfTheChange: false };
  } catch (error) {
    const fault = error instanceof Error ? error.message : 'unknown';
    return { preview: null, fault, isOfTheChange: error instanceof ChangeNotJudged };
  }
}
