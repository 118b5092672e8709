import { isMetric, type Metric } from '@varde/vitals';
import { PROGRAMMES } from '../programme.js';
import type { Answerer, AskedQuestion, Choice, Question, Questionnaire, Questionnaires, Score, Sentence } from './questionnaire.js';

type Json = Readonly<Record<string, unknown>>;

/** The file of questionnaires cannot be used; `faults` says why, each with its place. */
export class QuestionnairesFaulty extends Error {
  override readonly name = 'QuestionnairesFaulty';

  constructor(readonly faults: readonly string[]) {
    super(`the questionnaires are faulty: ${faults.join('; ')}`);
  }
}

const KINDS = ['yes_no', 'scale', 'number', 'choice'] as const;
const ANSWERERS: readonly Answerer[] = ['patient', 'carer', 'nurse'];
const QUESTION_CODE = /^[a-z][a-z0-9_]{0,39}$/;
const QUESTIONNAIRE_CODE = /^[a-z][a-z0-9-]{0,39}$/;
const CHOICE_CODE = /^[A-Za-z0-9_-]{1,20}$/;
/** The most questions of one questionnaire: what one message of answers may hold. */
const QUESTIONS_MAX = 100;

/**
 * Reads `questionnaires.json`. Nothing is skipped and nothing unknown is passed over: a question that could not be asked rightly is a fault.
 * @throws QuestionnairesFaulty naming every fault at once
 */
export function readQuestionnaires(json: unknown): Questionnaires {
  const reading = new Reading();
  const file = reading.object(json, 'file', ['$comment', 'items', 'questionnaires']);
  const questions = new Map<string, Question>();
  for (const [at, row] of reading.list(file['items'], 'items').entries()) {
    const question = readQuestion(row, `items[${at}]`, reading);
    if (questions.has(question.code)) reading.fault(`items[${at}]`, `${question.code} is there twice`);
    questions.set(question.code, question);
  }
  for (const { code, after, answersAlso } of questions.values()) {
    if (after !== null && questions.get(after)?.kind !== 'yes_no')
      reading.fault(code, `follows up on ${after}, which is no yes-or-no question`);
    for (const other of answersAlso) if (!questions.has(other)) reading.fault(code, `answers ${other} too, which nobody knows`);
  }
  const all = reading
    .list(file['questionnaires'], 'questionnaires')
    .map((row, at) => readOne(row, `questionnaires[${at}]`, { reading, questions }));
  const seen = new Set<string>();
  for (const { code, version } of all) {
    if (seen.has(`${code}/${version}`)) reading.fault(code, `version ${version} is there twice`);
    seen.add(`${code}/${version}`);
  }
  for (const code of questions.keys()) {
    if (!all.some(({ asked }) => asked.some(({ question }) => question.code === code))) reading.fault(code, 'is asked by no questionnaire');
  }
  if (reading.faults.length > 0) throw new QuestionnairesFaulty(reading.faults);
  return { questions, all };
}

function readQuestion(json: unknown, at: string, reading: Reading): Question {
  const row = reading.object(json, at, ['code', 'kind', 'nb', 'en', 'min', 'max', 'whole', 'choices', 'answers_also', 'after']);
  const code = reading.code(row['code'], `${at}.code`, QUESTION_CODE);
  const kind = KINDS.find((known) => known === row['kind']);
  if (kind === undefined) reading.fault(code, `its kind is ${JSON.stringify(row['kind'])}; kinds are ${KINDS.join(', ')}`);
  const isNumber = kind === 'scale' || kind === 'number';
  const [min, max] = isNumber ? [reading.number(row['min'], `${code}.min`), reading.number(row['max'], `${code}.max`)] : [0, 0];
  if (isNumber && min >= max) reading.fault(code, 'its smallest answer is not below its largest');
  const choices =
    kind === 'choice'
      ? reading.list(row['choices'], `${code}.choices`).map((each, n) => readChoice(each, `${code}.choices[${n}]`, reading))
      : [];
  if (kind === 'choice' && choices.length < 2) reading.fault(code, 'a choice needs two answers at least');
  if (kind === 'choice' && new Set(choices.map((choice) => choice.code)).size < choices.length) reading.fault(code, 'has one answer twice');
  for (const name of isNumber ? ['choices'] : kind === 'choice' ? ['min', 'max', 'whole'] : ['choices', 'min', 'max', 'whole']) {
    if (row[name] !== undefined) reading.fault(code, `${name} means nothing for its kind`);
  }
  return {
    code,
    kind: kind ?? 'yes_no',
    ...reading.sentence(row, code),
    min,
    max,
    isWhole: row['whole'] !== false,
    choices,
    answersAlso: row['answers_also'] === undefined ? [] : reading.texts(row['answers_also'], `${code}.answers_also`),
    after: row['after'] === undefined ? null : reading.text(row['after'], `${code}.after`),
  };
}

function readChoice(json: unknown, at: string, reading: Reading): Choice {
  const row = reading.object(json, at, ['code', 'nb', 'en']);
  return { code: reading.code(row['code'], `${at}.code`, CHOICE_CODE), ...reading.sentence(row, at) };
}

interface Known {
  readonly reading: Reading;
  readonly questions: ReadonlyMap<string, Question>;
}

function readOne(json: unknown, at: string, known: Known): Questionnaire {
  const { reading } = known;
  const row = reading.object(json, at, ['code', 'version', 'nb', 'en', 'answered_by', 'items', 'scores']);
  const code = reading.code(row['code'], `${at}.code`, QUESTIONNAIRE_CODE);
  const version = reading.number(row['version'], `${code}.version`);
  if (!Number.isInteger(version) || version < 1) reading.fault(code, 'its version is not a whole number of at least 1');
  const answeredBy = reading.words(row['answered_by'], `${code}.answered_by`, ANSWERERS);
  const asked = reading.list(row['items'], `${code}.items`).map((each, n) => readAsked(each, `${code}.items[${n}]`, known));
  if (asked.length === 0 || asked.length > QUESTIONS_MAX)
    reading.fault(code, `asks ${asked.length} questions; 1 to ${QUESTIONS_MAX} are possible`);
  const codes = new Set(asked.map(({ question }) => question.code));
  if (codes.size < asked.length) reading.fault(code, 'asks a question twice');
  const scores = reading
    .list(row['scores'], `${code}.scores`)
    .map((each, n) => readScore(each, `${code}.scores[${n}]`, { reading, codes }));
  return { code, version, ...reading.sentence(row, code), answeredBy, asked, scores };
}

function readAsked(json: unknown, at: string, { reading, questions }: Known): AskedQuestion {
  const row = reading.object(json, at, ['code', 'programmes', 'nb', 'en']);
  const code = reading.text(row['code'], `${at}.code`);
  const question = questions.get(code);
  if (question === undefined) reading.fault(at, `${code} is no question`);
  const programmes = reading.words(row['programmes'], `${at}.programmes`, PROGRAMMES);
  const isReworded = row['nb'] !== undefined || row['en'] !== undefined;
  return { question: { ...(question ?? NOTHING), ...(isReworded && reading.sentence(row, at)) }, programmes };
}

/** Stands in for a question that is not there; reading ends with a fault anyway. */
const NOTHING: Question = {
  code: '',
  kind: 'yes_no',
  nb: '',
  en: '',
  min: 0,
  max: 0,
  isWhole: true,
  choices: [],
  answersAlso: [],
  after: null,
};

function readScore(json: unknown, at: string, { reading, codes }: { reading: Reading; codes: ReadonlySet<string> }): Score {
  const row = reading.object(json, at, ['metric', 'entered', 'sum_of']);
  const metric = reading.text(row['metric'], `${at}.metric`);
  if (!isMetric(metric)) reading.fault(at, `${metric} is nothing that is measured`);
  const entered = reading.text(row['entered'], `${at}.entered`);
  const sumOf = reading.texts(row['sum_of'], `${at}.sum_of`);
  for (const code of [entered, ...sumOf]) if (!codes.has(code)) reading.fault(at, `${code} is not asked here`);
  return { metric: metric as Metric, entered, sumOf };
}

/** Reads members of unknown JSON, keeping every fault with its place; after a fault a stand-in comes back. */
class Reading {
  readonly faults: string[] = [];

  fault(where: string, what: string): void {
    this.faults.push(`${where}: ${what}`);
  }

  object(json: unknown, where: string, keys: readonly string[]): Json {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      this.fault(where, 'must be an object');
      return {};
    }
    for (const key of Object.keys(json)) if (!keys.includes(key)) this.fault(where, `${key} is unknown (known: ${keys.join(', ')})`);
    return json as Json;
  }

  list(json: unknown, where: string): readonly unknown[] {
    if (Array.isArray(json)) return json;
    this.fault(where, 'must be a list');
    return [];
  }

  text(json: unknown, where: string): string {
    if (typeof json === 'string' && json.trim() !== '') return json;
    this.fault(where, 'must be a text');
    return '';
  }

  texts(json: unknown, where: string): readonly string[] {
    return this.list(json, where).map((each, at) => this.text(each, `${where}[${at}]`));
  }

  code(json: unknown, where: string, form: RegExp): string {
    const text = this.text(json, where);
    if (text !== '' && !form.test(text)) this.fault(where, `${text} is no code`);
    return text;
  }

  number(json: unknown, where: string): number {
    if (typeof json === 'number' && Number.isFinite(json)) return json;
    this.fault(where, 'must be a number');
    return 0;
  }

  sentence(row: Json, where: string): Sentence {
    return { nb: this.text(row['nb'], `${where}.nb`), en: this.text(row['en'], `${where}.en`) };
  }

  /** Some of the known words, at least one, each once. */
  words<Word extends string>(json: unknown, where: string, known: readonly Word[]): readonly Word[] {
    const texts = this.texts(json, where);
    const words = known.filter((word) => texts.includes(word));
    if (words.length === 0 || words.length < texts.length) this.fault(where, `must name some of ${known.join(', ')}, each once`);
    return words;
  }
}
