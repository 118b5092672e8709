/** A JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads members of unknown JSON and keeps every fault with its place, so that all of them can be named at once.
 * After a fault a stand-in comes back and reading goes on; what was read is of use only when `faults` is empty.
 */
export class JsonReader {
  readonly faults: string[] = [];

  /** Notes a fault found by the caller. */
  fault(where: string, what: string): void {
    this.faults.push(`${where}: ${what}`);
  }

  /** The object at `where`; empty after a fault. */
  object(json: unknown, where: string): JsonObject {
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
    this.fault(where, 'must be an object');
    return {};
  }

  /** The list at `where`; empty after a fault. */
  list(json: unknown, where: string): readonly unknown[] {
    if (Array.isArray(json)) return json;
    this.fault(where, 'must be a list');
    return [];
  }

  /** The text at `where`; empty after a fault. */
  text(json: unknown, where: string): string {
    if (typeof json === 'string' && json !== '') return json;
    this.fault(where, 'must be a text');
    return '';
  }

  /** The texts at `where`. */
  texts(json: unknown, where: string): readonly string[] {
    return this.list(json, where).map((each, index) => this.text(each, `${where}[${index}]`));
  }

  /** The finite number at `where`; 0 after a fault. */
  number(json: unknown, where: string): number {
    if (typeof json === 'number' && Number.isFinite(json)) return json;
    this.fault(where, 'must be a number');
    return 0;
  }

  /** The whole number of at least 1 at `where`; 1 after a fault. */
  count(json: unknown, where: string): number {
    if (typeof json === 'number' && Number.isInteger(json) && json >= 1) return json;
    this.fault(where, 'must be a whole number of at least 1');
    return 1;
  }

  /** One of the given words; the first of them after a fault. */
  oneOf<Word extends string>(json: unknown, words: readonly [Word, ...Word[]], where: string): Word {
    const found = words.find((word) => word === json);
    if (found !== undefined) return found;
    this.fault(where, `${JSON.stringify(json)} is unknown (known: ${words.join(', ')})`);
    return words[0];
  }

  /** Names every member that nobody reads: an unknown one could carry a condition that would silently not hold. */
  only(object: JsonObject, keys: readonly string[], where: string): void {
    for (const key of Object.keys(object)) {
      if (!keys.includes(key)) this.fault(where, `${key} is unknown (known: ${keys.join(', ')})`);
    }
  }
}
