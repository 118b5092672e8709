import { ChangeNotJudged, effectOf, PREVIEW_DAYS, type Preview, type ProposedChange, type ShownEffect } from '@varde/look';
import type { Catalogue } from '@varde/rules';
import { previewUntil, readPatientsOfUnit, saveShownPreview, type PreviewOf } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { readPreviewQuestions, tryPreview, type PreviewQuestion } from './question.js';

/** Patients of one cohort at most. */
export const COHORT_MAX = 500;

/** A preview as somebody is given it: with what lets them make the change they have been shown. */
export interface GivenPreview extends Preview {
  /** To be brought with the change; null: it shows several changes at once, or one that is not made for one patient. */
  readonly previewId: number | null;
  readonly previewUntil: Date | null;
  /** What is kept with the change. */
  readonly effect: ShownEffect;
}

/** Nothing could be shown of a change, through no fault of the change: who was told so may make it, and its history says so. */
export class NotShown extends Error {
  override readonly name = 'NotShown';
  constructor(
    readonly previewId: number | null,
    readonly previewUntil: Date | null,
  ) {
    super(
      'what the change would have done cannot be worked out; it can be made without that by this previewId, and its history will say so',
    );
  }
}

interface OfPatient {
  readonly question: PreviewQuestion;
  readonly personId: number | null;
}

/** Keeps a preview of one patient as shown to a person (null: whoever runs the command line), and gives it to them. */
export async function givePreview(manager: EntityManager, preview: Preview, of: OfPatient): Promise<GivenPreview> {
  const effect = effectOf([preview], preview.days, 1);
  return { ...preview, ...(await keepShown(manager, effect, of)), effect };
}

/** Keeps that nothing could be shown of one patient; answers what to tell. */
export async function giveNothing(manager: EntityManager, days: number, of: OfPatient): Promise<NotShown> {
  const { previewId, previewUntil } = await keepShown(manager, effectOf([], days, 1), of);
  return new NotShown(previewId, previewUntil);
}

async function keepShown(
  manager: EntityManager,
  effect: ShownEffect,
  { question, personId }: OfPatient,
): Promise<Pick<GivenPreview, 'previewId' | 'previewUntil'>> {
  const { changes, plan, planVersion, to } = question;
  const [change, another] = changes;
  const isOfPatient = change !== undefined && another === undefined && change.kind !== 'unit_limit' && change.kind !== 'rule';
  if (!isOfPatient) return { previewId: null, previewUntil: null };
  const shown = { patientId: plan.patientId, unitId: null, personId, change, planVersion, effect };
  return { previewId: await saveShownPreview(manager, shown, to), previewUntil: previewUntil(to) };
}

/** A change somebody wants to make where no service works previews out, such as on the command line. */
export type WantedChange = PreviewOf & { readonly change: ProposedChange; readonly personId: number | null };

/**
 * Works out here what a change would have done in the last days, of one patient or of all whom a unit follows, and keeps it as shown; who cannot be
 * previewed is counted in `notShown`.
 * @throws ChangeNotJudged of one patient
 */
export async function showHere(
  manager: EntityManager,
  catalogue: Catalogue,
  { change, personId, ...of }: WantedChange,
  now: Date,
): Promise<{ readonly previewId: number; readonly effect: ShownEffect; readonly previews: readonly Preview[] }> {
  const reached = of.unitId === null ? [of.patientId] : await readPatientsOfUnit(manager, of.unitId, now);
  const questions = await readPreviewQuestions(manager, catalogue, reached.slice(0, COHORT_MAX), {
    changes: [change],
    days: PREVIEW_DAYS,
    to: now,
  });
  const tried = questions.map((question) => tryPreview(catalogue, question));
  const refused = tried.find(({ isOfTheChange }) => isOfTheChange);
  if (of.unitId === null && refused?.preview === null) throw new ChangeNotJudged(refused.fault);
  const previews = tried.flatMap(({ preview }) => preview ?? []);
  const effect = effectOf(previews, PREVIEW_DAYS, reached.length);
  const planVersion = of.unitId === null ? (questions[0]?.planVersion ?? null) : null;
  return { previewId: await saveShownPreview(manager, { ...of, personId, change, planVersion, effect }, now), effect, previews };
}
