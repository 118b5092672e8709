import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController, ApiTags } from '@nestjs/swagger';
import { readReadiness, type Database } from '@varde/store';
import type { Response } from 'express';
import type { Registry } from 'prom-client';
import type { Log } from '../log.js';
import { answerWithin } from '../answer-within.js';
import { DATABASE, LOG, METRICS, SIGHT } from '../provided.js';
import type { PartSeen, Sight } from '../sight.js';
import { Open } from './access.js';

/** Those who ask give up after a few seconds. */
const ANSWER_WITHIN_MS = 2_000;

/** What stands in the way of serving; an empty list when nothing does. */
interface Ready {
  readonly status: 'ready' | 'not ready';
  readonly because: readonly string[];
}

/** How every part of the service is, as this process knows it. */
interface Parts {
  readonly status: 'sees' | 'blind';
  /** Since when the worklist is not to be relied on. */
  readonly notUpToDateSince: Date | null;
  readonly blind: readonly { readonly part: string; readonly why: string; readonly since: Date }[];
  /** Homes whose gateway is gone; which ones is not told to whoever has not signed in. */
  readonly gatewaysGone: number;
  readonly parts: readonly PartSeen[];
}

/**
 * Whether the process lives and can serve, for whatever starts and watches it, and its counters for Prometheus.
 * Open without a sign-in: nothing here is about a patient or a person, only how the machine is. Whoever wants to keep even that to
 * themselves lets their proxy pass /api and /docs alone.
 */
@ApiTags('health')
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(METRICS) private readonly metrics: Registry,
    @Inject(LOG) private readonly log: Log,
    @Inject(SIGHT) private readonly sight: Sight,
  ) {}

  /** The process answers. Says nothing about the database: restarting us does not bring that back. */
  @Get('health/live')
  @Open()
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Database reachable, migrations applied, watchers not behind, nothing acknowledged that could be forgotten: 200, or 503 naming what is not. */
  @Get('health/ready')
  @Open()
  async ready(@Res({ passthrough: true }) response: Response): Promise<Ready> {
    const because = await this.faults(new Date());
    response.status(because.length === 0 ? 200 : 503);
    return { status: because.length === 0 ? 'ready' : 'not ready', because };
  }

  /** The age of each part's last work, and what is blind: 200, or 503 when something but a single gateway is. From memory. */
  @Get('health/parts')
  @Open()
  parts(@Res({ passthrough: true }) response: Response): Parts {
    const { parts, stale } = this.sight;
    const [gateways, others] = [
      this.sight.blind.filter(({ part }) => part === 'gateway'),
      this.sight.blind.filter(({ part }) => part !== 'gateway'),
    ];
    const isBlind = others.length > 0;
    const blind = others.map(({ part, why, since }) => ({ part, why, since }));
    response.status(isBlind ? 503 : 200);
    return { status: isBlind ? 'blind' : 'sees', notUpToDateSince: stale.since, blind, gatewaysGone: gateways.length, parts };
  }

  /** Prometheus text. */
  @Get('metrics')
  @Open()
  async counters(@Res() response: Response): Promise<void> {
    response.type(this.metrics.contentType).send(await this.metrics.metrics());
  }

  private async faults(now: Date): Promise<string[]> {
    try {
      const { missingMigrations, watchBehindSince, forgets } = await answerWithin(
        readReadiness(this.database.dataSource.manager, now),
        ANSWER_WITHIN_MS,
      );
      return [
        ...(missingMigrations.length > 0 ? [`migrations are missing: ${missingMigrations.join(', ')}`] : []),
        ...(watchBehindSince ? [`patients have waited for a look since ${watchBehindSince.toISOString()}`] : []),
        ...(forgets.length > 0
          ? [`the database runs with ${forgets.join(' and ')} off: it may forget readings that devices were told are safe`]
          : []),
      ];
    } catch (error) {
      this.log.warn({ err: error }, 'not ready: the database does not answer');
      return ['the database does not answer'];
    }
  }
}
