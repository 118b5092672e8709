import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { readSession, type Database } from '@varde/store';
import type { Config } from '../config.js';
import { CONFIG, DATABASE } from '../provided.js';
import { ACCESS, type Access, type GuardedRequest } from './access.js';
import { tokenHashOf } from './session-cookie.js';

/** Nobody is signed in, or no longer. */
export class NotSignedIn extends Error {
  override name = 'NotSignedIn';
}

/** Whoever is signed in may not do this. */
export class Forbidden extends Error {
  override name = 'Forbidden';
}

/** Stands before every handler: lets in those whose role its mark names, and nobody where there is no mark. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]);
    if (access === undefined) throw new Forbidden('this handler does not say who may call it, so nobody may');
    if (access === 'open') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const tokenHash = tokenHashOf(request, this.config.http.secureCookie);
    const session = tokenHash && (await readSession(this.database.dataSource.manager, tokenHash, new Date()));
    if (!session || !tokenHash) throw new NotSignedIn('sign in first');
    const { viewer } = session;
    if (!viewer.roles.some((role) => access.roles.includes(role))) throw new Forbidden(`this needs the role ${access.roles.join(' or ')}`);
    request.viewer = viewer;
    request.sessionHash = tokenHash;
    request.sessionEndsAt = session.expiresAt;
    return true;
  }
}
