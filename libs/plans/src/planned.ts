import { METRICS, isMetric, type Metric } from '@varde/vitals';

/** A questionnaire as something planned: `questionnaire:daily`. */
export type PlannedQuestionnaire = `questionnaire:${string}`;

/** What a care plan can ask a home for: a measurement by the metric that leads it, or the answers to a questionnaire. */
export type Planned = Metric | PlannedQuestionnaire;

const PREFIX = 'questionnaire:';
const NAME = /^questionnaire:[a-z][a-z0-9-]{0,39}$/;

/** The planned thing that asks for a questionnaire, by its code. */
export function plannedQuestionnaire(code: string): PlannedQuestionnaire {
  return `${PREFIX}${code}` as PlannedQuestionnaire;
}

/** Code of the questionnaire that is planned; null when a measurement is. */
export function questionnaireOf(planned: Planned): string | null {
  return planned.startsWith(PREFIX) ? planned.slice(PREFIX.length) : null;
}

/** Whether a text names something that can be planned: a metric, or a questionnaire by its code. */
export function isPlanned(text: string): text is Planned {
  return isMetric(text) || NAME.test(text);
}

/** What is planned in words, as it stands in a sentence. */
export function plannedWords(planned: Planned): { readonly nb: string; readonly en: string } {
  const questionnaire = questionnaireOf(planned);
  if (questionnaire === null) return METRICS[planned as Metric];
  return QUESTIONNAIRE_WORDS[questionnaire] ?? { nb: `spørreskjemaet ${questionnaire}`, en: `the questionnaire ${questionnaire}` };
}

const QUESTIONNAIRE_WORDS: Readonly<Partial<Record<string, { readonly nb: string; readonly en: string }>>> = {
  daily: { nb: 'dagens spørsmål', en: "the day's questions" },
  weekly: { nb: 'ukens spørsmål', en: "the week's questions" },
};
