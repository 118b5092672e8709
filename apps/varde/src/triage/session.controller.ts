import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { endSession, readSession, readUnits, type Database } from '@varde/store';
import type { Request, Response } from 'express';
import type { Config } from '../config.js';
import { CONFIG, DATABASE } from '../provided.js';
import { EVERYBODY, Open, Roles, type GuardedRequest } from './access.js';
import { NotSignedIn } from './access.guard.js';
import { hashToken, sessionCookie } from './session-cookie.js';
import { CredentialsDto, SessionDto } from './session.dto.js';
import { signIn } from './sign-in.js';

/** Signing in and out. The session is a cookie that scripts cannot read and other sites cannot send. */
@ApiTags('session')
@Controller('session')
export class SessionController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Signs in. Open: this is where one gets in; it says nothing about who exists. */
  @Post()
  @Open()
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign in; the answer sets the session cookie' })
  @ApiOkResponse({ type: SessionDto })
  async begin(
    @Body() credentials: CredentialsDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionDto> {
    const { sessionHours, http } = this.config;
    const now = new Date();
    const token = await signIn(this.database, { ...credentials, address: request.ip ?? '' }, sessionHours * 3_600_000, now);
    response.setHeader('Set-Cookie', sessionCookie(token, sessionHours * 3_600, http.secureCookie));
    return this.describe(hashToken(token), now);
  }

  /** Who is signed in. */
  @Get()
  @Roles(...EVERYBODY)
  @ApiOperation({ summary: 'Who is signed in, with roles and units' })
  @ApiOkResponse({ type: SessionDto })
  read(@Req() request: GuardedRequest): Promise<SessionDto> {
    return this.describe(request.sessionHash ?? Buffer.alloc(0), new Date());
  }

  /** Signs out. */
  @Delete()
  @Roles(...EVERYBODY)
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out; the session ends here, not only in the browser' })
  async end(@Req() request: GuardedRequest, @Res({ passthrough: true }) response: Response): Promise<void> {
    if (request.sessionHash) await endSession(this.database.dataSource.manager, request.sessionHash);
    response.setHeader('Set-Cookie', sessionCookie('', 0, this.config.http.secureCookie));
  }

  private async describe(tokenHash: Buffer, now: Date): Promise<SessionDto> {
    const { manager } = this.database.dataSource;
    const session = await readSession(manager, tokenHash, now);
    if (!session) throw new NotSignedIn('sign in first');
    const { unitIds, ...viewer } = session.viewer;
    const units = (await readUnits(manager)).filter(({ id }) => unitIds.includes(id));
    return { ...viewer, units: units.map(({ id, name }) => ({ id, name })), expiresAt: session.expiresAt };
  }
}
