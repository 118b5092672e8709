/** A template whose files cannot be used; every fault names its file and the path in it. */
export class TemplateFaulty extends Error {
  override readonly name = 'TemplateFaulty';

  constructor(
    template: string,
    readonly faults: readonly string[],
  ) {
    super(`the template ${template} cannot be used: ${faults.join('; ')}`);
  }
}

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * One place in a file of JSON. What is wrong there is noted with the path, not thrown, so that all faults are named at once; reading goes on
 * with an empty value of the right shape.
 */
export class Place {
  constructor(
    private readonly value: unknown,
    private readonly path: string,
    private readonly faults: string[],
  ) {}

  /** Notes a fault here. */
  fault(problem: string): void {
    this.faults.push(this.path.endsWith(' ') ? `${this.path}${problem}` : `${this.path}: ${problem}`);
  }

  /** An object with no other fields than these: a misspelt one is a fault. */
  only(...names: readonly string[]): this {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      this.fault('must be an object');
      return this;
    }
    for (const name of Object.keys(this.value))
      if (!names.includes(name)) this.at(name).fault(`is not known; known are ${names.join(', ')}`);
    return this;
  }

  /** A field of an object. */
  at(name: string): Place {
    const inside = typeof this.value === 'object' && this.value !== null ? (this.value as Record<string, unknown>)[name] : undefined;
    return new Place(inside, this.path.endsWith(' ') ? `${this.path}${name}` : `${this.path}.${name}`, this.faults);
  }

  has(name: string): boolean {
    return typeof this.value === 'object' && this.value !== null && Object.hasOwn(this.value, name);
  }

  /** What `read` makes of this place, or `otherwise` when nothing (or null) stands here. */
  or<T>(otherwise: T, read: (place: Place) => T): T {
    return this.value === undefined || this.value === null ? otherwise : read(this);
  }

  text(): string {
    if (typeof this.value === 'string' && this.value.trim() !== '') return this.value;
    this.fault('must be a text');
    return '';
  }

  /** A text of a known shape. */
  private shaped(shape: RegExp, example: string): string {
    const text = this.text();
    if (text !== '' && !shape.test(text)) this.fault(`must look like ${example}, not ${text}`);
    return text;
  }

  /** `HH:MM`, at most 24:00. */
  clock(): string {
    return this.shaped(CLOCK, '08:30');
  }

  /** `YYYY-MM-DD`. */
  day(): string {
    return this.shaped(DAY, '2028-05-17');
  }

  /** A short name other files refer to. */
  key(): string {
    return this.shaped(/^[a-z][a-z0-9-]*$/, 'lung-clinic');
  }

  whole(least: number, most: number): number {
    if (Number.isInteger(this.value) && (this.value as number) >= least && (this.value as number) <= most) return this.value as number;
    this.fault(`must be a whole number from ${least} to ${most}`);
    return least;
  }

  number(): number {
    if (typeof this.value === 'number' && Number.isFinite(this.value)) return this.value;
    this.fault('must be a number');
    return 0;
  }

  flag(): boolean {
    if (typeof this.value === 'boolean') return this.value;
    this.fault('must be true or false');
    return false;
  }

  oneOf<T extends string>(allowed: readonly T[]): T {
    const known = allowed.find((each) => each === this.value);
    if (known === undefined) this.fault(`must be one of ${allowed.join(', ')}`);
    return known ?? (allowed[0] as T);
  }

  list<T>(read: (place: Place) => T): T[] {
    if (Array.isArray(this.value))
      return this.value.map((each: unknown, index) => read(new Place(each, `${this.path}[${index}]`, this.faults)));
    this.fault('must be a list');
    return [];
  }

  /** A list with something in it. */
  some<T>(read: (place: Place) => T): T[] {
    const items = this.list(read);
    if (Array.isArray(this.value) && items.length === 0) this.fault('must not be empty');
    return items;
  }

  /** Fields of an object, by name. */
  entries<T>(read: (place: Place, name: string) => T): [string, T][] {
    if (typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value))
      return Object.keys(this.value).map((name) => [name, read(this.at(name), name)]);
    this.fault('must be an object');
    return [];
  }

  /** ISO weekdays: 1 Monday to 7 Sunday. */
  weekdays(): number[] {
    return this.some((day) => day.whole(1, 7));
  }

  /** A key that stands in `known`. */
  keyOf(known: ReadonlySet<string>, what: string): string {
    const key = this.text();
    if (key !== '' && !known.has(key)) this.fault(`there is no ${what} ${key}`);
    return key;
  }
}
