/** Where the store tells what it does. A pino logger fits; details never hold a secret or a patient's name. */
export interface Log {
  info(details: object, sentence: string): void;
  warn(details: object, sentence: string): void;
  error(details: object, sentence: string): void;
}
