import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Catalogue } from '@varde/rules';
import type { Database } from '@varde/store';
import type { Registry } from 'prom-client';
import { BrokerModule } from './broker/broker.module.js';
import type { Config } from './config.js';
import { Intake } from './intake.js';
import { IngestModule } from './ingest/ingest.module.js';
import type { Log } from './log.js';
import { CATALOGUE, CONFIG, DATABASE, LOG, METRICS, SECRET } from './provided.js';
import { TriageModule } from './triage/triage.module.js';
import { WatchModule } from './watch/watch.module.js';

/** What a process opens once and every room uses. */
export interface Provided {
  readonly config: Config;
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly metrics: Registry;
  readonly secret: string;
  readonly log: Log;
}

/** What is opened once at start, for every room. */
@Module({})
class ProvidedModule {
  static with(provided: Provided): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: provided.config },
      { provide: DATABASE, useValue: provided.database },
      { provide: CATALOGUE, useValue: provided.catalogue },
      { provide: METRICS, useValue: provided.metrics },
      { provide: SECRET, useValue: provided.secret },
      { provide: LOG, useValue: provided.log },
    ];
    return { module: ProvidedModule, global: true, providers, exports: providers };
  }
}

/** The service: the rooms this process plays, over what it opened. */
@Module({})
export class ServiceModule {
  static with(provided: Provided): DynamicModule {
    const { roles } = provided.config;
    return {
      module: ServiceModule,
      imports: [
        ProvidedModule.with(provided),
        ScheduleModule.forRoot(),
        ...(roles.includes('ingest') ? [IngestModule] : []),
        ...(roles.includes('broker') ? [BrokerModule] : []),
        ...(roles.includes('watch') ? [WatchModule] : []),
        TriageModule.forRoles(roles),
      ],
      providers: roles.includes('ingest') ? [Intake] : [],
    };
  }
}
