import type { ProposedChange, ShownEffect } from '@varde/look';
import { saveShownPreview, type PreviewOf } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { jsonOf, type Asker } from './triage-api.js';

/** What a preview of somebody who has measured nothing comes to. */
export const NO_EFFECT: ShownEffect = {
  ...{ days: 28, patients: 1, notShown: 0, measuredDays: 0, episodesPerWeek: [0, 0], noticesPerWeek: [0, 0], changedDays: 0 },
  ...{ missed: 0, missedGrave: 0, earlier: 0, later: 0, milder: 0, graver: 0, new: 0 },
};

/** Keeps a preview of a change as shown to a person, on the plan as it is now; nothing is worked out. @returns its id */
export async function showTestChange(
  manager: EntityManager,
  shown: PreviewOf & { readonly personId: number | null; readonly change: ProposedChange },
  at: Date,
): Promise<number> {
  const [row] = await manager.query<{ plan_version: number }[]>(`select plan_version from patient where id = $1`, [shown.patientId]);
  return saveShownPreview(manager, { ...shown, planVersion: row?.plan_version ?? null, effect: NO_EFFECT }, at);
}

/** Asks for a preview of a change of a patient, as who wants to make it. @returns what lets them */
export async function previewIdOf(who: Asker, patientId: number, change: object): Promise<number> {
  const { status, body } = await jsonOf(await who.ask('POST', `/api/patients/${patientId}/preview`, { changes: [change], days: 28 }));
  if (status !== 200) throw new Error(`no preview: ${JSON.stringify(body)}`);
  return body.previewId;
}

/** Asks for a preview of a change of a unit, and waits for it. @returns what lets them make it */
export async function unitPreviewIdOf(who: Asker, unitId: number, change: object): Promise<number> {
  let job = await jsonOf(await who.ask('POST', '/api/previews', { unitId, changes: [change], days: 28 }));
  while (job.body.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 20));
    job = await jsonOf(await who.ask('GET', `/api/previews/${job.body.id}`));
  }
  return job.body.previewId;
}
