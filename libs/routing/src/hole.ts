/** A fault of a pathway. `blocking`: an episode could be without an owner, a clock or an end; otherwise it is a warning. */
export interface PathwayHole {
  readonly blocking: boolean;
  /** Where, such as `red, step 4`, `team`, `unit 12` or `municipality Lyngnes, red, Sunday 02:00`. */
  readonly where: string;
  /** What is wrong, or the way to it: `dho closed -> gp closed -> legevakt none -> nobody`. */
  readonly problem: string;
}

/** A fault that a pathway cannot be saved with. */
export const fault = (where: string, problem: string): PathwayHole => ({ blocking: true, where, problem });

/** What a person who saves a pathway should know. */
export const warning = (where: string, problem: string): PathwayHole => ({ blocking: false, where, problem });
