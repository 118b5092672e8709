import { createParamDecorator, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { Viewer } from '@varde/store';
import type { Request } from 'express';

/** A role a person signs in with (DESIGN section 8). */
export type PersonRole = Viewer['roles'][number];

/** Roles that may look into the records of the patients of their units. */
export const CLINICAL = ['nurse', 'physician', 'team_lead'] as const satisfies readonly PersonRole[];

/** Everybody who can sign in. */
export const EVERYBODY = ['nurse', 'physician', 'team_lead', 'administrator', 'operator'] as const satisfies readonly PersonRole[];

/** Key of what `Roles` and `Open` leave on a handler or a controller. */
export const ACCESS = 'varde:access';

/** Who may call a handler: one of these roles, or anybody. A handler with neither mark is refused to everybody. */
export type Access = { readonly roles: readonly PersonRole[] } | 'open';

/** Marks a handler or a whole controller: one of these roles is needed. The handler's mark goes before the controller's. */
export function Roles(...roles: readonly PersonRole[]): CustomDecorator {
  return SetMetadata(ACCESS, { roles } satisfies Access);
}

/** Marks a handler that needs no sign-in. It must give away nothing about patients or people. */
export function Open(): CustomDecorator {
  return SetMetadata(ACCESS, 'open' satisfies Access);
}

/** A request after the access guard: who asks and by which sign-in; absent on open handlers. */
export interface GuardedRequest extends Request {
  viewer?: Viewer;
  /** SHA-256 of the session's token. */
  sessionHash?: Buffer;
  sessionEndsAt?: Date;
}

/** Parameter of a handler: the person who asks. Only for handlers that need a role. */
export const SignedIn = createParamDecorator((_: unknown, context: ExecutionContext): Viewer => {
  const { viewer } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!viewer) throw new Error('a handler without a role asks who is signed in');
  return viewer;
});
