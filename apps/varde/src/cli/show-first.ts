import type { Catalogue } from '@varde/rules';
import { showHere, type WantedChange } from '../preview/shown-preview.js';
import type { Answer, Bench, Option, Typed } from './command.js';
import { linesOf } from './preview-command.js';
import { formatTable } from './printed.js';

/** The option of a command that changes what patients are judged by. */
export const PREVIEW_OPTION: Readonly<Record<string, Option>> = {
  preview: {
    type: 'string',
    value: '<id>',
    meaning: 'make the change that was shown as this preview; without it, it is shown first and not made',
  },
};

/** The preview that the author of a change says they were shown; null: none. @throws UsageError */
export function previewIdOf(typed: Typed): number | null {
  return typed.within('preview', 1, Number.MAX_SAFE_INTEGER);
}

/**
 * What a change would have done, where its author has not said that they have seen it: nothing is changed before that. Null: they have, and
 * the change can be tried with its preview.
 */
export async function showFirst(
  typed: Typed,
  { manager, terminal }: Bench,
  catalogue: Catalogue,
  wanted: WantedChange,
): Promise<Answer | null> {
  if (typed.text('preview') !== null) return null;
  const { previewId, effect, previews } = await showHere(manager, catalogue, wanted, terminal.now());
  const { episodesPerWeek, noticesPerWeek, changedDays, missed, missedGrave, earlier, later } = effect;
  const [only] = previews;
  const lines =
    wanted.unitId === null && only !== undefined
      ? linesOf(only)
      : [
          `${effect.patients} patients of the unit, ${effect.days} days, measured on ${effect.measuredDays} of all of them.`,
          ...(effect.notShown > 0 ? [`${effect.notShown} more whom the change reaches are not shown.`] : []),
          ...formatTable(
            ['', 'BEFORE', 'AFTER'],
            [
              ['items a week', ...episodesPerWeek],
              ['messages a week', ...noticesPerWeek],
            ],
          ),
          `Days of another colour: ${changedDays}`,
          `Stored episodes: ${missed} missed (${missedGrave} of them red or critical), ${earlier} earlier, ${later} later. New: ${effect.new}`,
        ];
  const end = `Nothing is changed yet. To make this change, say the same again with --preview ${previewId}`;
  return { lines: [...lines, end], data: { previewId, effect, previews: wanted.unitId === null ? previews : [] } };
}
