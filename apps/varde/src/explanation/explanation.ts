import { findSnooze } from '@varde/alerts';
import { localClock, localDay, localDayNumber, treatmentLimitsWords } from '@varde/plans';
import {
  amountWords,
  baselineMetricsOf,
  hasFired,
  lateSeverity,
  type AppliedLimit,
  type Catalogue,
  type Domain,
  type Result,
  type Severity,
} from '@varde/rules';
import type { ExplainedFinding, ExplanationFacts, ReadingLine } from '@varde/store';
import { AFTER_EXERCISE, METRICS, REASONS, type Metric } from '@varde/vitals';
import { EXPLANATION_WORDS, type ExplanationWords, type Language } from './words.js';

/** A limit as it was when the rule was judged, and who answers for it. */
export interface ExplainedLimit extends Omit<AppliedLimit, 'ownerId'> {
  readonly owner: string | null;
  readonly text: string;
}

/** A reading a finding rests on. */
export interface ExplainedReading extends ReadingLine {
  readonly unit: string;
  readonly text: string;
}

/** A personal baseline a rule compares with; value null: there was too little to make one. */
export interface ExplainedBaseline {
  readonly metric: Metric;
  readonly value: number | null;
  readonly spread: number | null;
  readonly unit: string;
  readonly text: string;
}

/** What one rule said, and everything it said it by. */
export interface FindingExplanation {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly title: string;
  readonly domain: Domain;
  readonly result: Result;
  readonly severity: Severity;
  readonly at: Date;
  readonly judgedAt: Date;
  readonly reason: string;
  readonly limits: readonly ExplainedLimit[];
  readonly readings: readonly ExplainedReading[];
  readonly baselines: readonly ExplainedBaseline[];
  /** Modified severity, late arrival, confirmation, what it was covered or kept quiet by. */
  readonly notes: readonly string[];
}

/** Why an episode is there, in one language. */
export interface Explanation {
  readonly episodeId: number;
  readonly language: Language;
  readonly severity: Severity;
  readonly domains: readonly Domain[];
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly owner: string;
  /** Why this unit: when it opened, and each time the owner changed. */
  readonly whyOwner: readonly string[];
  /** Which episodes were the same problem and have come in, or which it went into, and why. */
  readonly whyOne: readonly string[];
  readonly findings: readonly FindingExplanation[];
  /** What fired in its areas meanwhile and nobody was told of, with why: the rule was kept quiet, or what was measured was too old. */
  readonly toldNobody: readonly FindingExplanation[];
  /** What was judged in its areas meanwhile and did not fire: not evaluable, or not confirmed. */
  readonly notFired: readonly FindingExplanation[];
  /** The same as lines to read. */
  readonly text: readonly string[];
}

/** Tells why an episode is there: each finding with rule version, limits, readings, baseline, and what made it graver, milder or quiet. */
export function explain(facts: ExplanationFacts, catalogue: Catalogue, language: Language): Explanation {
  const { story, findings } = facts;
  const { episode } = story;
  const placed = (place: Place): FindingExplanation[] =>
    findings.filter((finding) => placeOf(finding) === place).map((finding) => explainFinding(finding, { facts, catalogue, language }));
  const explanation = {
    episodeId: episode.id,
    language,
    severity: episode.severity,
    domains: episode.domains,
    openedAt: episode.openedAt,
    closedAt: episode.closedAt,
    owner: story.ownerUnit,
    whyOwner: story.steps.filter(({ kind }) => kind === 'opened' || kind === 'owner_changed').map(({ reason }) => reason[language]),
    whyOne: story.steps.filter(({ kind }) => kind === 'absorbed' || kind === 'merged').map(({ reason }) => reason[language]),
    findings: placed('of_episode'),
    toldNobody: placed('told_nobody'),
    notFired: placed('not_fired'),
  };
  const decided = story.treatmentLimits === null ? [] : [treatmentLimitsWords(story.treatmentLimits)[language]];
  return { ...explanation, text: tell(explanation, decided, facts.zone) };
}

type Place = 'of_episode' | 'told_nobody' | 'not_fired';

function placeOf({ isOfEpisode, result }: ExplainedFinding): Place {
  if (isOfEpisode) return 'of_episode';
  return hasFired(result) ? 'told_nobody' : 'not_fired';
}

interface Telling {
  readonly facts: ExplanationFacts;
  readonly catalogue: Catalogue;
  readonly language: Language;
}

function explainFinding(finding: ExplainedFinding, telling: Telling): FindingExplanation {
  const { facts, catalogue, language } = telling;
  const { ruleId, ruleVersion, domain, result, severity, at, judgedAt, reason, readingIds } = finding;
  return {
    ruleId,
    ruleVersion,
    domain,
    result,
    severity,
    at,
    judgedAt,
    title: catalogue.entries.get(ruleId)?.title[language] ?? ruleId,
    reason: reason[language],
    limits: finding.limits.map((limit) => explainLimit(limit, telling)),
    readings: facts.readings
      .filter((reading) => readingIds.includes(reading.measurementId))
      .map((reading) => explainReading(reading, telling)),
    baselines: explainBaselines(finding, telling),
    notes: notesOf(finding, telling),
  };
}

function explainLimit({ ownerId, ...limit }: AppliedLimit, { facts, language }: Telling): ExplainedLimit {
  const words = EXPLANATION_WORDS[language];
  const names = limit.source === 'unit' ? facts.units : facts.people;
  const owner = limit.source === 'catalogue' || ownerId === undefined ? null : (names.get(ownerId) ?? null);
  const value = amountWords(limit.value, limit.unit)[language].trim();
  return { ...limit, owner, text: `${limit.parameter} ${value} (${words.source(limit.source, limit.version, owner)})` };
}

function explainReading(reading: ReadingLine, { facts, language }: Telling): ExplainedReading {
  const words = EXPLANATION_WORDS[language];
  const { metric, value, observedAt, receivedAt, doubt, isOwn, device, quality } = reading;
  const { unit } = METRICS[metric];
  const notes = [
    device,
    ...(receivedAt.getTime() - observedAt.getTime() > LATE_MS ? [`${words.late}, ${momentText(receivedAt, facts.zone)}`] : []),
    ...(doubt === null ? [] : [explainDoubt(doubt, language)]),
    ...(isOwn === null ? [] : [isOwn ? words.own : words.notOwn]),
    ...(quality === 'ok' || quality === 'good' ? [] : [`${words.quality}: ${quality}`]),
  ];
  const text = `${METRICS[metric][language]} ${amountWords(value, unit)[language].trim()}, ${momentText(observedAt, facts.zone)} (${notes.join('; ')})`;
  return { ...reading, unit, text };
}

/** A value taken after exercise is true: it says no more than that. */
function explainDoubt(doubt: string, language: Language): string {
  const why = REASONS[doubt as keyof typeof REASONS]?.[language] ?? doubt;
  return doubt === AFTER_EXERCISE ? why : `${EXPLANATION_WORDS[language].doubt}: ${why}`;
}

/** Readings up to two hours late are treated as live (`late_data_policy`). */
const LATE_MS = 2 * 3_600_000;

function explainBaselines({ ruleId, at }: ExplainedFinding, { facts, catalogue, language }: Telling): ExplainedBaseline[] {
  const rule = catalogue.rules.find(({ id }) => id === ruleId);
  if (rule === undefined) return [];
  const words = EXPLANATION_WORDS[language];
  const day = localDayNumber(facts.zone, at.getTime());
  return [...new Set(baselineMetricsOf(rule))].map((metric) => {
    const { unit } = METRICS[metric];
    const [value, spread] = [facts.baselines.at(metric, day), facts.baselines.spread(metric, day)];
    const said = (amount: number) => amountWords(amount, unit)[language].trim();
    const isKnown = !Number.isNaN(value);
    return {
      metric,
      unit,
      value: isKnown ? value : null,
      spread: isKnown ? spread : null,
      text: `${METRICS[metric][language]}: ${isKnown ? words.baseline(said(value), said(spread)) : words.noBaseline}`,
    };
  });
}

function notesOf(finding: ExplainedFinding, { facts, catalogue, language }: Telling): string[] {
  const words = EXPLANATION_WORDS[language];
  const rule = catalogue.rules.find(({ id }) => id === finding.ruleId);
  const notes: string[] = [];
  const fired = hasFired(finding.result);
  if (rule !== undefined && fired && rule.severity !== finding.severity) {
    notes.push(words.modified(words.severity[rule.severity] ?? rule.severity, words.severity[finding.severity] ?? finding.severity));
  }
  const late = lateSeverity(finding);
  if (fired && late.note !== null) notes.push(late.note[language]);
  if (fired && late.severity === null) notes.push(words.tooOld);
  if (finding.superseded && rule !== undefined) notes.push(words.superseded(supersedersOf(finding, rule.supersededBy, facts).join(', ')));
  const quiet = late.severity === null ? undefined : findSnooze(facts.snoozes, finding.ruleId, late.severity, finding.judgedAt);
  if (quiet !== undefined) notes.push(words.snoozed(momentText(quiet.until, facts.zone), quiet.by, quiet.reason));
  if (rule !== undefined && rule.version !== finding.ruleVersion) notes.push(words.otherVersion(rule.version));
  return notes;
}

/** The graver rules that fired on the same anchor. */
function supersedersOf({ anchor }: ExplainedFinding, graver: readonly string[], { findings }: ExplanationFacts): string[] {
  const fired = findings.filter((each) => each.anchor === anchor && graver.includes(each.ruleId)).map(({ ruleId }) => ruleId);
  return fired.length > 0 ? [...new Set(fired)] : [...graver];
}

function tell(explanation: Omit<Explanation, 'text'>, decided: readonly string[], zone: string): string[] {
  const { episodeId, language, severity, domains, openedAt, closedAt, owner, whyOwner, whyOne } = explanation;
  const words = EXPLANATION_WORDS[language];
  const tellOthers = (title: string, others: readonly FindingExplanation[]): string[] =>
    others.length === 0 ? [] : ['', title, ...others.flatMap((finding) => tellFinding(finding, words, zone))];
  const state = closedAt === null ? words.open : `${words.closed} ${momentText(closedAt, zone)}`;
  return [
    `${words.episode} ${episodeId}: ${words.severity[severity] ?? severity}, ${domains.map(words.domain).join(', ')}, ${momentText(openedAt, zone)}, ${state}`,
    `${words.owner}: ${owner}. ${whyOwner.join(' ')}`.trimEnd(),
    ...decided,
    ...whyOne,
    '',
    words.found,
    ...explanation.findings.flatMap((finding) => tellFinding(finding, words, zone)),
    ...tellOthers(words.toldNobody, explanation.toldNobody),
    ...tellOthers(words.notFired, explanation.notFired),
  ];
}

function tellFinding(finding: FindingExplanation, words: ExplanationWords, zone: string): string[] {
  const { ruleId, ruleVersion, title, result, severity, at, reason, limits, readings, baselines, notes } = finding;
  return [
    `  ${momentText(at, zone)}  ${title}: ${words.result[result] ?? result} (${words.severity[severity] ?? severity})`,
    `    ${reason}`,
    `    ${words.rule} ${ruleId} v${ruleVersion}`,
    ...limits.map(({ text }) => `    ${words.limit} ${text}`),
    ...readings.map(({ text, measurementId }) => `    ${words.reading} ${text} [m:${measurementId}]`),
    ...baselines.map(({ text }) => `    ${text}`),
    ...notes.map((note) => `    ${note}`),
  ];
}

/** Local time of the home, which is what the patient would say. */
function momentText(at: Date, zone: string): string {
  return `${localDay(zone, at)} ${localClock(zone, at)}`;
}
