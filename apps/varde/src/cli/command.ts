import type { EntityManager } from 'typeorm';
import type { Config } from '../config.js';
import type { Database } from '@varde/store';
import { EARLIEST, LATEST, readInstant } from '../instant.js';
import { PLAIN_WORDS } from '../plain-words.js';
import type { Terminal } from './terminal.js';

/** The command was not understood; exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** One option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for its value in the help, such as `<id>`; a boolean has none. */
  readonly value?: string;
  readonly meaning: string;
}

/** What a command answers: lines for people, or the same as data for `--json`. */
export interface Answer {
  readonly lines: readonly string[];
  readonly data: unknown;
  /** What the list leaves out; null or absent: nothing. */
  readonly leftOut?: string | null;
}

/** What a command works with besides what was typed. */
export interface Bench {
  readonly database: Database;
  readonly manager: EntityManager;
  readonly config: Config;
  /** Key of the device credentials. */
  readonly secretKey: string;
  readonly terminal: Terminal;
  /** What `askFirst` came to. */
  readonly asked: string | null;
}

/** One command of the command line. */
export interface Command {
  readonly words: readonly [string] | readonly [string, string];
  /** What follows the words, as the help prints it. */
  readonly args: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  /** How many words may follow, at least and at most. */
  readonly takes: readonly [number, number];
  /**
   * Asks for a password or secret before the database is opened: while somebody sits and thinks, no other process could open the embedded
   * one. Null: nothing was given. Left out: nothing is asked.
   */
  readonly askFirst?: (typed: Typed, terminal: Terminal) => Promise<string | null>;
  readonly run: (typed: Typed, bench: Bench) => Promise<Answer>;
}

/** A command that must work without the database. */
export interface LoneCommand extends Omit<Command, 'run' | 'askFirst'> {
  readonly runAlone: (typed: Typed, terminal: Terminal) => Promise<Answer>;
}

/** Any command, by whatever it runs with. */
export type AnyCommand = Command | LoneCommand;

/** Ids of most tables, and whatever else the database keeps as an integer. */
const ID_MAX = 2_147_483_647;
const DAYS_MAX = 3_660;

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What was typed after the words of a command. */
export class Typed {
  constructor(
    readonly positionals: readonly string[],
    private readonly values: Values,
  ) {}

  /** The positional at a place. @throws UsageError when it is missing */
  word(place: number, name: string): string {
    const word = this.positionals[place];
    if (word === undefined) throw new UsageError(`${name} is missing`);
    return word;
  }

  /** A positional that is an id. @throws UsageError */
  id(place: number, name: string): number {
    return wholeNumber(this.word(place, name), name, { min: 1, max: ID_MAX });
  }

  /** A positional that is the id of what there is more of than of patients: an episode, a task, a refused message. @throws UsageError */
  bigId(place: number, name: string): number {
    return wholeNumber(this.word(place, name), name, { min: 1, max: Number.MAX_SAFE_INTEGER });
  }

  /** An option's text, or null. */
  text(name: string): string | null {
    const value = this.values[name];
    return typeof value === 'string' ? value : null;
  }

  /** An option that must be there. @throws UsageError */
  needed(name: string): string {
    const value = this.text(name);
    if (value === null) throw new UsageError(`--${name} is missing`);
    return value;
  }

  /** A positional that is a person's words. @throws UsageError none, more than `max` characters, or control characters */
  wordsAt(place: number, name: string, max: number): string {
    return plainWords(this.word(place, name), name, max);
  }

  /** An option that is a person's words. @throws UsageError as `wordsAt` */
  words(name: string, max: number): string {
    return plainWords(this.needed(name), `--${name}`, max);
  }

  /** The same when it may be left out or empty: null. @throws UsageError as `wordsAt` */
  maybeWords(name: string, max: number): string | null {
    return (this.text(name) ?? '').trim() === '' ? null : this.words(name, max);
  }

  /** Words of an option that may be given several times, where a comma parts nothing; null: it is not given, given empty: none. @throws UsageError */
  eachWords(name: string, max: number): string[] | null {
    const value = this.values[name];
    if (!Array.isArray(value)) return null;
    const given = value.filter((each): each is string => typeof each === 'string' && each.trim() !== '');
    return given.map((each) => plainWords(each, `--${name}`, max));
  }

  /** An option that may be given several times, or several values with commas between. */
  texts(name: string): string[] {
    const value = this.values[name];
    const given = Array.isArray(value) ? value : [value];
    return given
      .flatMap((each) => (typeof each === 'string' ? each.split(',').map((part) => part.trim()) : []))
      .filter((part) => part !== '');
  }

  /** An option that is a whole number, or null. @throws UsageError */
  whole(name: string): number | null {
    return this.within(name, 0, ID_MAX);
  }

  /** A whole number in a range, or null. @throws UsageError */
  within(name: string, min: number, max: number): number | null {
    const text = this.text(name);
    return text === null ? null : wholeNumber(text, `--${name}`, { min, max });
  }

  /** So many days, ten years at most, or as many as usual. @throws UsageError */
  days(usual: number): number {
    return this.within('days', 1, DAYS_MAX) ?? usual;
  }

  /** Ids of an option that may be given several times. @throws UsageError */
  ids(name: string): number[] {
    return this.texts(name).map((text) => wholeNumber(text, `--${name}`, { min: 1, max: ID_MAX }));
  }

  /** An option that is a number, decimals with a dot or a comma, or null. @throws UsageError */
  number(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = Number(text.replace(',', '.'));
    if (!Number.isFinite(value) || text.trim() === '') throw new UsageError(`--${name} must be a number`);
    return value;
  }

  /** An option that is a moment, or null. @throws UsageError */
  moment(name: string): Date | null {
    const text = this.text(name);
    if (text === null) return null;
    const at = readInstant(text);
    if (at === null || at < EARLIEST || at > LATEST)
      throw new UsageError(`--${name} must be a moment like 2026-01-15T08:00:00Z or 2026-01-15T09:00:00+01:00`);
    return at;
  }

  /** One of a list, or null. @throws UsageError */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const known = allowed.find((each) => each === text);
    if (known === undefined) throw new UsageError(`--${name} must be one of ${allowed.join(', ')}`);
    return known;
  }

  /** Whether a boolean option was given. */
  has(name: string): boolean {
    return this.values[name] === true;
  }
}

function plainWords(text: string, name: string, max: number): string {
  const words = text.trim();
  if (words === '' || words.length > max) throw new UsageError(`${name} must have 1 to ${max} characters, not ${words.length}`);
  if (!PLAIN_WORDS.test(words)) throw new UsageError(`${name} must not hold control characters`);
  return words;
}

function wholeNumber(text: string, name: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${name} must be a whole number from ${min} to ${max}, not ${text}`);
  }
  return value;
}
