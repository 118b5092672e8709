import { PREVIEW_DAYS, type Amounts, type Preview } from '@varde/look';
import { PROGRAMMES, REFERENCE_KEYS, type Programme } from '@varde/plans';
import { openCatalogue } from '../catalogue.js';
import { answerPreview, PREVIEW_DAYS_MIN, readPreviewQuestions } from '../preview/question.js';
import { toChange, type TypedChange } from '../preview/proposed.js';
import type { Command, Typed } from './command.js';
import { formatMoment, formatTable } from './printed.js';

const PREVIEW: Command = {
  words: ['preview'],
  args: '<patient> --rule <rule> --parameter <name> --value <number>',
  summary: 'Show what a limit, reference, rule or programme would have done to a patient in the last days; changes nothing',
  takes: [1, 1],
  options: {
    rule: { type: 'string', value: '<rule>', meaning: 'the rule whose limit it is, such as copd.spo2.below_target' },
    parameter: { type: 'string', value: '<name>', meaning: 'the limit of the rule, such as target_low' },
    reference: { type: 'string', value: '<key>', meaning: `instead of a limit: ${REFERENCE_KEYS.join(', ')}` },
    value: { type: 'string', value: '<number>', meaning: 'of the limit or reference; none: as if it were not set' },
    switch: { type: 'string', value: 'on|off', meaning: 'instead of a limit: the rule itself, for the unit given with --unit' },
    unit: { type: 'string', value: '<id>', meaning: 'the unit that switches the rule' },
    start: { type: 'string', value: '<programme>', meaning: 'instead of a limit: a programme as if it had been followed' },
    end: { type: 'string', value: '<programme>', meaning: 'instead of a limit: a programme as if it had not been followed' },
    days: { type: 'string', value: '<days>', meaning: `${PREVIEW_DAYS_MIN} to ${PREVIEW_DAYS}, which is the default` },
  },
  run: async (typed, { manager, terminal }) => {
    const id = typed.id(0, 'the patient');
    const days = typed.within('days', PREVIEW_DAYS_MIN, PREVIEW_DAYS) ?? PREVIEW_DAYS;
    const catalogue = await openCatalogue();
    const changes = [toChange(typedChange(typed), typed.whole('unit'), catalogue)];
    const questions = await readPreviewQuestions(manager, catalogue, [id], { changes, days, to: terminal.now() });
    const told = questions.map((question) => answerPreview(catalogue, question));
    return { lines: told.flatMap(linesOf), data: told[0] };
  },
};

function typedChange(typed: Typed): TypedChange {
  const programmes = [...PROGRAMMES] as readonly Programme[];
  const [start, end] = [typed.oneOf('start', programmes), typed.oneOf('end', programmes)];
  if (start !== null || end !== null) {
    const programme = start ?? end;
    return { kind: 'programme', ...(programme === null ? {} : { programme }), enrolled: start !== null };
  }
  const value = typed.number('value');
  const key = typed.oneOf('reference', REFERENCE_KEYS);
  if (key !== null) return { kind: 'reference', key, value };
  const ruleId = typed.needed('rule');
  const turned = typed.oneOf('switch', ['on', 'off']);
  if (turned !== null) return { kind: 'rule', ruleId, enabled: turned === 'on' };
  return { kind: 'limit', ruleId, parameter: typed.needed('parameter'), value };
}

/** A preview of one patient in lines. */
export function linesOf(told: Preview): string[] {
  const { before, after, days, measuredDays, changedDays, known, new: fresh, faithful, people } = told;
  const row = (title: string, of: (amounts: Amounts) => number): (string | number)[] => [title, of(before), of(after)];
  const fates = known.filter(({ fate }) => fate !== 'same');
  return [
    `Patient ${told.patientId}, ${days} days to ${formatMoment(told.to)}, measured on ${measuredDays} of them.`,
    ...formatTable(
      ['', 'BEFORE', 'AFTER'],
      [
        row('items a week', ({ episodesPerWeek }) => episodesPerWeek),
        row('messages a week', ({ noticesPerWeek }) => noticesPerWeek),
        row('findings', ({ findings }) => findings),
        row('critical items', ({ bySeverity }) => bySeverity.critical),
        row('red items', ({ bySeverity }) => bySeverity.red),
        row('yellow items', ({ bySeverity }) => bySeverity.yellow),
        row('days not evaluable', ({ notEvaluableDays }) => notEvaluableDays),
      ],
    ),
    `Days of another colour: ${changedDays.length}`,
    ...changedDays.map(({ day, before: was, after: is, because }) => `  ${day}  ${was} -> ${is}  ${because[0]?.en ?? ''}`),
    `Stored episodes that would be otherwise: ${fates.length} of ${known.length}`,
    ...fates.map(({ openedAt, severity, fate, laterMin, because }) => {
      const when = laterMin === null || laterMin === 0 ? '' : ` by ${Math.abs(laterMin)} min`;
      return `  ${formatMoment(openedAt)}  ${severity}  ${fate}${when}  ${because.en}`;
    }),
    `New episodes: ${fresh.length}`,
    ...fresh.map(({ openedAt, severity, because }) => `  ${formatMoment(openedAt)}  ${severity}  ${because.en}`),
    `The rehearsal of the plan as it was comes to ${faithful.same} of ${faithful.stored} stored episodes at the same minute.`,
    people.en,
  ];
}

/** What a change would have done. */
export const PREVIEW_COMMANDS: readonly Command[] = [PREVIEW];
