/** A request names something that is not there. */
export class NotFound extends Error {
  override name = 'NotFound';
  /**
   * @param thing what it is, one word of the glossary: `patient`, `device`
   * @param key the id or name it was asked for by
   */
  constructor(
    readonly thing: string,
    readonly key: string | number,
  ) {
    super(`there is no ${thing} ${key}`);
  }
}

/** A request cannot be done as things stand now; the message says what stands in the way. */
export class Conflict extends Error {
  override name = 'Conflict';
}

/** A request that could never be done, whatever the state; `faults` names everything wrong with it. */
export class Invalid extends Error {
  override name = 'Invalid';
  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
  }
}

/** Throws `Invalid` when anything is wrong; `null` entries are what was found right. */
export function refuseFaults(faults: readonly (string | null | false)[]): void {
  const real = faults.filter((each) => typeof each === 'string');
  if (real.length > 0) throw new Invalid(real);
}

/** The row of a read that must have found one. Throws `NotFound` otherwise. */
export function found<T>(rows: readonly T[], thing: string, key: string | number): T {
  const [row] = rows;
  if (row === undefined) throw new NotFound(thing, key);
  return row;
}

/** Somebody else may do this; the message says who. */
export class Forbidden extends Error {
  override name = 'Forbidden';
}
