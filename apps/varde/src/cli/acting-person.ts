import { verify } from '@node-rs/argon2';
import { Forbidden, NotFound, readAccount, readPersonByUsername, type PersonRole, type Viewer } from '@varde/store';
import { UsageError, type Bench, type Option, type Typed } from './command.js';
import type { Terminal } from './terminal.js';

/** Who does it; for commands that change what a patient is judged by, which a person must answer for. */
export const PERSON_OPTIONS: Readonly<Record<string, Option>> = {
  by: { type: 'string', value: '<username>', meaning: 'the person who does this and answers for it; asked for their password' },
  'password-stdin': { type: 'boolean', meaning: 'read the password from standard input (first line)' },
};

/** Roles that may act on the episodes of the patients of their units, as over HTTP. */
export const CLINICAL = ['nurse', 'physician', 'team_lead'] as const satisfies readonly PersonRole[];

/** Refuses a person who has none of these roles. @throws Forbidden */
export function refuseOtherRoles(person: Viewer, roles: readonly PersonRole[]): void {
  if (!person.roles.some((role) => roles.includes(role))) throw new Forbidden(`this needs the role ${roles.join(' or ')}`);
}

/** Asks the person of `--by` for their password; null: nobody sits here, or nobody is named. */
export async function askOwnPassword(typed: Typed, terminal: Terminal): Promise<string | null> {
  if (typed.has('password-stdin')) return (await terminal.readInput()).split(/\r?\n/)[0] ?? '';
  return terminal.askSecret === null || typed.text('by') === null ? null : terminal.askSecret('Password: ');
}

/** The person of `--by`, who has shown that they are by their password. @throws UsageError; NotFound */
export async function actingPerson(typed: Typed, { manager, asked: password }: Bench): Promise<Viewer> {
  const username = typed.needed('by');
  if (password === null) throw new UsageError('nobody sits here to be asked for the password; give it with --password-stdin');
  const account = await readAccount(manager, username);
  if (account === null || !(await verify(account.passwordHash, password))) throw new UsageError('the username or the password is wrong');
  const { id, name, roles, unitIds, active } = await readPersonByUsername(manager, username);
  if (!active) throw new NotFound('active person', username);
  return { personId: id, username, name, roles, unitIds };
}
