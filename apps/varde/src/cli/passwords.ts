import { randomBytes } from 'node:crypto';
import { Invalid } from '@varde/store';
import { faultOfPassword, hashPassword } from '../password.js';
import { UsageError, type Option, type Typed } from './command.js';
import type { Terminal } from './terminal.js';

/** How a password comes; for commands that make people. */
export const PASSWORD_OPTIONS: Readonly<Record<string, Option>> = {
  'password-stdin': { type: 'boolean', meaning: 'read the password from standard input (first line)' },
};

/** The hash to keep, and the password when it was made here and must be shown once. */
export interface ChosenPassword {
  readonly passwordHash: string;
  readonly generated: string | null;
}

/** The password that was asked for, or one that is made here. */
export async function choosePassword(given: string | null): Promise<ChosenPassword> {
  const password = given ?? randomBytes(15).toString('base64url');
  return { passwordHash: await hashPassword(password), generated: given === null ? password : null };
}

/** Asks for a new password twice or reads it from standard input; null: one is to be made. @throws Invalid too short; UsageError two that differ */
export async function askNewPassword(typed: Typed, terminal: Terminal): Promise<string | null> {
  const given = await givenPassword(typed, terminal);
  const fault = given === null ? null : faultOfPassword(given);
  if (fault !== null) throw new Invalid([fault]);
  return given;
}

async function givenPassword(typed: Typed, terminal: Terminal): Promise<string | null> {
  if (typed.has('password-stdin')) return (await terminal.readInput()).split(/\r?\n/)[0] ?? '';
  if (terminal.askSecret === null) return null;
  const password = await terminal.askSecret('Password (empty: make one): ');
  if (password === '') return null;
  if ((await terminal.askSecret('The same again: ')) !== password) throw new UsageError('the two passwords differ');
  return password;
}

/** Lines that show a made password, once. */
export function showGenerated(generated: string | null): string[] {
  return generated === null ? [] : [`Password  ${generated}`, 'It is shown this once only.'];
}
