import { treatmentLimitsWords } from '@varde/plans';
import { METRICS } from '@varde/vitals';
import type { AdviceLine, EpisodeStory, ReadingLine, StoryFinding, StoryNotice } from '@varde/store';
import { EXPLANATION_WORDS } from '../explanation/words.js';
import { formatMoment } from './printed.js';
import { CODE_WORDS, type Language, type Reached } from './story-words.js';

const TITLES: Readonly<
  Record<
    Language,
    Readonly<
      Record<
        'episode' | 'patient' | 'owner' | 'open' | 'closed' | 'happened' | 'found' | 'told' | 'advised' | 'limit' | 'rule' | 'program',
        string
      >
    >
  >
> = {
  nb: {
    episode: 'Hendelse',
    patient: 'Pasient',
    owner: 'Ansvarlig',
    open: 'åpen',
    closed: 'lukket',
    happened: 'Forløpet',
    found: 'Funnene',
    told: 'Varslene',
    advised: 'Pasienten fikk vite',
    limit: 'grense',
    rule: 'regel',
    program: 'programmet',
  },
  en: {
    episode: 'Episode',
    patient: 'Patient',
    owner: 'Owner',
    open: 'open',
    closed: 'closed',
    happened: 'What happened',
    found: 'What was found',
    told: 'Who was told',
    advised: 'What the patient was told',
    limit: 'limit',
    rule: 'rule',
    program: 'the program',
  },
};

/** An episode's whole way in plain lines: why it is there, what happened, by which rules, limits and readings, and who was told. */
export function tellStory(story: EpisodeStory, readings: readonly ReadingLine[], patient: string, language: Language): string[] {
  const [words, say] = [TITLES[language], CODE_WORDS[language]];
  const { episode } = story;
  const outcome = episode.outcome === null ? '' : say.outcome(episode.outcome);
  const end = episode.closedAt === null ? words.open : `${words.closed} ${formatMoment(episode.closedAt)} (${outcome})`;
  return [
    `${words.episode} ${episode.id}: ${say.severity(episode.severity)}, ${episode.domains.map(say.domain).join(', ')}, ${formatMoment(episode.openedAt)}, ${end}`,
    `${words.patient} ${patient}`,
    `${words.owner}: ${story.ownerUnit}`,
    ...(story.treatmentLimits === null ? [] : [treatmentLimitsWords(story.treatmentLimits)[language]]),
    '',
    words.happened,
    ...story.steps.map(
      (step) => `  ${formatMoment(step.at)}  ${say.step(step.kind)}: ${step.reason[language]} (${step.by ?? words.program})`,
    ),
    '',
    words.found,
    ...story.findings.flatMap((finding) => tellFinding(finding, readings, language)),
    '',
    words.told,
    ...story.notices.map((notice) => `  ${tellNotice(notice, language)}`),
    ...(story.advice.length === 0 ? [] : ['', words.advised, ...story.advice.flatMap((each) => tellAdvice(each, language))]),
  ];
}

function tellFinding(finding: StoryFinding, readings: readonly ReadingLine[], language: Language): string[] {
  const [words, say] = [TITLES[language], CODE_WORDS[language]];
  const { ruleId, ruleVersion, severity, result, limits, readingIds } = finding;
  return [
    `  ${formatMoment(finding.at)}  ${finding.reason[language]}`,
    `    ${words.rule} ${ruleId} v${ruleVersion}: ${say.result(result)}, ${say.severity(severity)}`,
    ...limits.map(
      ({ parameter, value, unit, source, version }) =>
        `    ${words.limit} ${parameter} = ${value} ${unit} (${say.source(source)} v${version})`,
    ),
    ...readings.filter((reading) => readingIds.includes(reading.measurementId)).map((reading) => `    ${tellReading(reading, language)}`),
  ];
}

function tellReading({ observedAt, metric, value, device, doubt, isOwn, measurementId }: ReadingLine, language: Language): string {
  const { unit, nb, en } = METRICS[metric];
  const name = language === 'nb' ? nb : en;
  const notes = [doubt, isOwn === null ? null : EXPLANATION_WORDS[language][isOwn ? 'own' : 'notOwn']].filter((note) => note !== null);
  const told = notes.length === 0 ? '' : ` [${notes.join('; ')}]`;
  return `${formatMoment(observedAt)} ${name} ${value} ${unit}, ${device} (m:${measurementId})${told}`;
}

function tellNotice(notice: StoryNotice, language: Language): string {
  const { queuedAt, sentAt, deliveredAt, readAt, acceptedAt, givenUpAt } = notice;
  const reached = Object.entries({ sent: sentAt, delivered: deliveredAt, read: readAt, accepted: acceptedAt, 'given up': givenUpAt })
    .filter(([, at]) => at !== null)
    .map(([what]) => what);
  const say = CODE_WORDS[language];
  const so = (['queued', ...reached] as Reached[]).map(say.reached).join(', ');
  const to = notice.to === null ? notice.unit : `${notice.unit}, ${notice.to}`;
  return `${formatMoment(queuedAt)}  ${to} (${say.channel(notice.channel)}): ${notice.text[language]} [${so}]`;
}

function tellAdvice(advice: AdviceLine, language: Language): string[] {
  const { advisedAt, kind, hasGateway, sentAt, deliveredAt, readAt, answeredAt, answer, withdrawnAt } = advice;
  const reached = Object.entries({ sent: sentAt, delivered: deliveredAt, read: readAt, withdrawn: withdrawnAt })
    .filter(([, at]) => at !== null)
    .map(([what]) => what);
  const say = CODE_WORDS[language];
  const way = ([hasGateway ? 'queued' : 'no gateway known', ...reached] as Reached[]).map(say.reached);
  const so = [...way, ...(answeredAt === null ? [] : [`${say.reached('answered')}: ${answer ?? ''}`])];
  return [`  ${formatMoment(advisedAt)}  ${say.advice(kind)}: ${advice.text[language]} [${so.join(', ')}]`];
}
