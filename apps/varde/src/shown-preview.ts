import { effectOf, PREVIEW_DAYS, type Preview, type ProposedChange, type ShownEffect } from '@varde/look';
import type { Catalogue } from '@varde/rules';
import { previewUntil, readPatientsOfUnit, saveShownPreview, type PreviewOf } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { answerPreview, readPreviewQuestions, type PreviewQuestion } from './preview-question.js';

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

/** Keeps a preview of one patient as shown to a person (null: whoever runs the command line), and gives it to them. */
export async function givePreview(
  manager: EntityManager,
  { preview, question, personId }: { readonly preview: Preview; readonly question: PreviewQuestion; readonly personId: number | null },
): Promise<GivenPreview> {
  const effect = effectOf([preview], preview.days, 1);
  const [change, another] = question.changes;
  const isOfPatient = change !== undefined && another === undefined && change.kind !== 'unit_limit' && change.kind !== 'rule';
  if (!isOfPatient) return { ...preview, previewId: null, previewUntil: null, effect };
  const { planVersion, to } = question;
  const shown = { patientId: preview.patientId, unitId: null, personId, change, planVersion, effect };
  return { ...preview, previewId: await saveShownPreview(manager, shown, to), previewUntil: previewUntil(to), effect };
}

/** A change somebody wants to make where no service works previews out, such as on the command line. */
export type WantedChange = PreviewOf & { readonly change: ProposedChange; readonly personId: number | null };

/** Works out here what a change would have done in the last days, of one patient or of all whom a unit follows, and keeps it as shown. */
export async function showHere(
  manager: EntityManager,
  catalogue: Catalogue,
  { patientId, unitId, change, personId }: WantedChange,
  now: Date,
): Promise<{ readonly previewId: number; readonly effect: ShownEffect; readonly previews: readonly Preview[] }> {
  const reached = unitId === null ? [patientId] : await readPatientsOfUnit(manager, unitId, now);
  const questions = await readPreviewQuestions(manager, catalogue, reached.slice(0, COHORT_MAX), {
    changes: [change],
    days: PREVIEW_DAYS,
    to: now,
  });
  const previews = questions.map((question) => answerPreview(catalogue, question));
  const effect = effectOf(previews, PREVIEW_DAYS, reached.length);
  const of = unitId === null ? { patientId, unitId } : { patientId, unitId };
  const planVersion = unitId === null ? (questions[0]?.planVersion ?? null) : null;
  return { previewId: await saveShownPreview(manager, { ...of, personId, change, planVersion, effect }, now), effect, previews };
}
