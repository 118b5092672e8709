import { stateOf } from '@varde/alerts';
import {
  changeEpisode,
  Conflict,
  GIVEN_OFFERS_MAX,
  inTransaction,
  OUTCOMES,
  readHandoverLists,
  readPersonByUsername,
  readUnits,
  type EpisodeNow,
  type PersonAct,
} from '@varde/store';
import { actingPerson, askOwnPassword, CLINICAL, PERSON_OPTIONS, refuseOtherRoles } from './acting-person.js';
import { UsageError, type Answer, type Bench, type Command, type Option, type Typed } from './command.js';
import { everyUnit } from './limit-commands.js';
import { knownUnit } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const DAY_MS = 86_400_000;

/** As over HTTP. */
const WORDS_MAX = 4_000;

const REASON: Readonly<Record<string, Option>> = { reason: { type: 'string', value: '<words>', meaning: 'why' } };
const TO: Readonly<Record<string, Option>> = { to: { type: 'string', value: '<unit id>', meaning: 'the other unit' } };
const MINUTES: Readonly<Record<string, Option>> = {
  minutes: { type: 'string', value: '<minutes>', meaning: 'time to answer; at most, and by default, that of the pathway' },
};
const NOTE: Readonly<Record<string, Option>> = { note: { type: 'string', value: '<words>', meaning: 'what to remember' } };

interface ActCommand {
  readonly word: string;
  readonly args: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly act: (typed: Typed, bench: Bench) => PersonAct | Promise<PersonAct>;
}

const ACTS: readonly ActCommand[] = [
  {
    word: 'acknowledge',
    args: '<id>',
    summary: 'Take an episode: you have it until the acknowledgement or your shift ends',
    options: {},
    act: () => ({ kind: 'acknowledge' }),
  },
  {
    word: 'release',
    args: '<id> [--note <words>]',
    summary: 'Put an episode back in the queue of its owner',
    options: NOTE,
    act: (typed) => ({ kind: 'release', note: typed.maybeWords('note', WORDS_MAX) ?? '' }),
  },
  {
    word: 'note',
    args: '<id> --note <words>',
    summary: 'Note something in the history of an episode',
    options: NOTE,
    act: (typed) => ({ kind: 'note', note: typed.words('note', WORDS_MAX) }),
  },
  {
    word: 'close',
    args: '<id> --outcome <code> [--note <words>]',
    summary: 'Close an episode; one that has been critical is closed when a second person does so too',
    options: { outcome: { type: 'string', value: '<code>', meaning: OUTCOMES.join(', ') }, ...NOTE },
    act: (typed) => ({ kind: 'close', outcome: outcomeOf(typed), note: typed.maybeWords('note', WORDS_MAX) ?? '' }),
  },
  {
    word: 'assign',
    args: '<id> --person <username>',
    summary: 'Give an episode to a colleague; the ladder goes on until they take it',
    options: { person: { type: 'string', value: '<username>', meaning: 'a clinician of the owner' } },
    act: async (typed, { manager }) => ({
      kind: 'assign',
      toPersonId: (await readPersonByUsername(manager, typed.needed('person'))).id,
    }),
  },
  {
    word: 'offer',
    args: '<id> --to <unit id> --reason <words> [--minutes <minutes>] [--inform <unit id>]',
    summary: 'Offer an episode to another unit; you own it until somebody there accepts',
    options: {
      ...TO,
      ...REASON,
      ...MINUTES,
      inform: { type: 'string', multiple: true, value: '<unit id>', meaning: 'a unit of the team to be told what becomes of it' },
    },
    act: (typed) => ({
      kind: 'offer',
      toUnitId: unitOf(typed),
      reason: typed.words('reason', WORDS_MAX),
      answerMin: typed.whole('minutes'),
      informedUnitIds: typed.ids('inform'),
    }),
  },
  {
    word: 'accept',
    args: '<id>',
    summary: 'Accept an episode that is offered to your unit: it owns it from now on',
    options: {},
    act: () => ({ kind: 'accept' }),
  },
  {
    word: 'decline',
    args: '<id> --reason <words>',
    summary: 'Decline an episode that is offered to your unit',
    options: REASON,
    act: (typed) => ({ kind: 'decline', reason: typed.words('reason', WORDS_MAX) }),
  },
  {
    word: 'recall',
    args: '<id> --reason <words>',
    summary: 'Take an offer back before it is answered',
    options: REASON,
    act: (typed) => ({ kind: 'recall', reason: typed.words('reason', WORDS_MAX) }),
  },
  {
    word: 'move',
    args: '<id> --to <unit id> --reason <words>',
    options: { ...TO, ...REASON },
    summary: 'Move an episode to another unit without an offer, on step 5 or 6 of the staircase',
    act: (typed) => ({ kind: 'move', toUnitId: unitOf(typed), reason: typed.words('reason', WORDS_MAX) }),
  },
  {
    word: 'ask',
    args: '<id> --to <unit id> --question <words> [--minutes <minutes>]',
    summary: 'Ask another unit for advice; you stay the owner',
    options: { ...TO, ...MINUTES, question: { type: 'string', value: '<words>', meaning: 'what is asked' } },
    act: (typed) => ({
      kind: 'ask_advice',
      unitId: unitOf(typed),
      question: typed.words('question', WORDS_MAX),
      answerMin: typed.whole('minutes'),
    }),
  },
  {
    word: 'answer',
    args: '<id> --number <n> --answer <words>',
    summary: 'Answer a question that was asked of your unit',
    options: {
      number: { type: 'string', value: '<n>', meaning: 'which question; default the first' },
      answer: { type: 'string', value: '<words>', meaning: 'the advice' },
    },
    act: (typed) => ({ kind: 'give_advice', number: typed.whole('number') ?? 1, answer: typed.words('answer', WORDS_MAX) }),
  },
];

function outcomeOf(typed: Typed): (typeof OUTCOMES)[number] {
  const outcome = typed.oneOf('outcome', OUTCOMES);
  if (outcome === null) throw new UsageError('--outcome is missing');
  return outcome;
}

function unitOf(typed: Typed): number {
  const unitId = typed.whole('to');
  if (unitId === null) throw new UsageError('--to is missing');
  return unitId;
}

function toCommand({ word, args, summary, options, act }: ActCommand): Command {
  return {
    words: ['episode', word],
    args: `${args} --by <username>`,
    summary,
    takes: [1, 1],
    options: { ...options, ...PERSON_OPTIONS },
    askFirst: askOwnPassword,
    run: async (typed, bench) => does(typed, bench, await act(typed, bench)),
  };
}

async function does(typed: Typed, bench: Bench, act: PersonAct): Promise<Answer> {
  const { database, manager, terminal } = bench;
  const episodeId = typed.bigId(0, 'the episode');
  const person = await actingPerson(typed, bench);
  refuseOtherRoles(person, CLINICAL);
  const whole = { episodeId, seenVersion: null, act };
  try {
    const episode = await inTransaction(database.dataSource, (tx) => changeEpisode(tx, person, whole, terminal.now()));
    const owner = (await readUnits(manager)).find(({ id }) => id === episode.ownerUnitId)?.name ?? String(episode.ownerUnitId);
    const until = episode.acknowledgementEndsAt === null ? '' : ` until ${formatMoment(episode.acknowledgementEndsAt)}`;
    const waits = episode.offer === null ? '' : `; offered until ${formatMoment(episode.offer.deadlineAt)}`;
    const proposed = episode.closeProposed === null ? '' : '; a second person must close it too';
    return { lines: [`Episode ${episodeId} is ${stateOf(episode)}${until}, owned by ${owner}${waits}${proposed}.`], data: episode };
  } catch (error) {
    if (error instanceof Error && 'episodeNow' in error) throw new Conflict(`${error.message}. ${told(error.episodeNow as EpisodeNow)}`);
    throw error;
  }
}

/** How it stands, for whoever came too late. */
function told({ episodeId, state, ownerUnit, acknowledgedBy, lastOffer }: EpisodeNow): string {
  const by = acknowledgedBy === null ? '' : ` by ${acknowledgedBy}`;
  const fate = lastOffer === null ? '' : `; offer ${lastOffer.number} to ${lastOffer.toUnit}: ${lastOffer.fate ?? 'waits'}`;
  return `Episode ${episodeId} is ${state}${by}, owned by ${ownerUnit}${fate}`;
}

const LIST: Command = {
  words: ['handover', 'list'],
  args: '[--unit <id>] [--days <days>]',
  summary: 'List what waits between units for an answer, and what became of what was offered',
  takes: [0, 0],
  options: {
    unit: { type: 'string', value: '<id>', meaning: 'only what waits for this unit, and what it has offered' },
    days: { type: 'string', value: '<days>', meaning: 'how far back; default 14' },
  },
  run: async (typed, { manager, terminal }) => {
    const unitId = await knownUnit(manager, typed.whole('unit'));
    const asked = unitId === null ? await everyUnit(manager) : { unitIds: [unitId] };
    const since = new Date(terminal.now().getTime() - typed.days(14) * DAY_MS);
    const lists = await readHandoverLists(manager, asked, since);
    const rows = [
      ...lists.offered.map((each) => ['offered', each.episodeId, each.fromUnit, each.toUnit, formatMoment(each.deadlineAt), 'waits']),
      ...lists.asked.map((each) => ['asked', each.episodeId, each.fromUnit, each.unit, formatMoment(each.deadlineAt), 'waits']),
      ...lists.given
        .filter(({ fate }) => fate !== null)
        .map((each) => ['given', each.episodeId, each.fromUnit, each.toUnit, formatMoment(each.endedAt), each.fate]),
    ];
    // Without names, as the list of patients.
    const nameless = <T extends { readonly patient: string }>(lines: readonly T[]) => lines.map(({ patient: _patient, ...line }) => line);
    const data = { offered: nameless(lists.offered), asked: nameless(lists.asked), given: nameless(lists.given) };
    const isCut = lists.given.length === GIVEN_OFFERS_MAX;
    const leftOut = isCut ? `Of what was given only the newest ${GIVEN_OFFERS_MAX}; less far back with --days.` : null;
    return { lines: formatTable(['WHAT', 'EPISODE', 'FROM', 'TO', 'WHEN', 'FATE'], rows), data, leftOut };
  },
};

/** Commands by which a person takes, gives away and answers for an episode. */
export const OWNERSHIP_COMMANDS: readonly Command[] = [...ACTS.map(toCommand), LIST];
