import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { BlindnessRoom } from './blindness/blindness.js';
import { BrokerModule } from './broker/broker.module.js';
import { enterThrough } from './enter-through.js';
import { Intake } from './intake.js';
import { IngestModule, IngestRoom } from './ingest/ingest.module.js';
import { ParkedTimer } from './parked-timer.js';
import { CATALOGUE, CONFIG, DATABASE, LOG, METRICS, PROVIDED, QUESTIONNAIRES, SECRET, SIGHT, type Provided } from './provided.js';
import { SelfTestTimer } from './self-test-timer.js';
import { ENTER, type Enter } from './entering/enter.js';
import { REPROCESS, type Reprocess } from './triage/reprocess.js';
import { TriageModule } from './triage/triage.module.js';
import { WatchModule } from './watch/watch.module.js';

/** What is opened once at start, for every room. */
@Module({})
class ProvidedModule {
  static with(provided: Provided): DynamicModule {
    const providers = [
      { provide: PROVIDED, useValue: provided },
      { provide: CONFIG, useValue: provided.config },
      { provide: DATABASE, useValue: provided.database },
      { provide: CATALOGUE, useValue: provided.catalogue },
      { provide: QUESTIONNAIRES, useValue: provided.questionnaires },
      { provide: METRICS, useValue: provided.metrics },
      { provide: SECRET, useValue: provided.secret },
      { provide: LOG, useValue: provided.log },
      { provide: SIGHT, useValue: provided.sight },
    ];
    return { module: ProvidedModule, global: true, providers, exports: providers };
  }
}

/** Lets people enter what was measured and process refused messages again, in any process that has the API. */
@Global()
@Module({
  imports: [IngestModule],
  providers: [
    {
      provide: REPROCESS,
      useFactory:
        (room: IngestRoom): Reprocess =>
        (ids) =>
          room.reprocess(ids),
      inject: [IngestRoom],
    },
    { provide: ENTER, useFactory: (room: IngestRoom): Enter => enterThrough(room), inject: [IngestRoom] },
  ],
  exports: [REPROCESS, ENTER],
})
class IntakeForPeopleModule {}

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
        ...(roles.includes('triage') ? [IntakeForPeopleModule] : []),
        TriageModule.forRoles(roles),
      ],
      providers: [BlindnessRoom, ...(roles.includes('ingest') ? [Intake, ParkedTimer, SelfTestTimer] : [])],
    };
  }
}
