import { Module, ValidationPipe, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import helmet from 'helmet';
import type { Registry } from 'prom-client';
import type { Config, Role } from '../config.js';
import type { Log } from '../log.js';
import { CONFIG, LOG, METRICS } from '../provided.js';
import { AccessGuard } from './access.guard.js';
import { AgreementsController } from './agreements.controller.js';
import { AnswersController } from './answers.controller.js';
import { ChartsController } from './charts.controller.js';
import { ContactsController } from './contacts.controller.js';
import { DevicesController } from './devices.controller.js';
import { DutyController } from './duty.controller.js';
import { EpisodesController } from './episodes.controller.js';
import { ExplanationsController } from './explanations.controller.js';
import { GoalsController } from './goals.controller.js';
import { HandoversController } from './handovers.controller.js';
import { HealthController } from './health.controller.js';
import { AdviceController } from './advice.controller.js';
import { HomeAsksController } from './home-asks.controller.js';
import { MeasuringDaysController } from './measuring-days.controller.js';
import { ReviewDatesController } from './review-dates.controller.js';
import { PlanTextsController } from './plan-texts.controller.js';
import { SmsReceiptsController } from './sms-receipts.controller.js';
import { HitRateController } from './hit-rate.controller.js';
import { LimitsController } from './limits.controller.js';
import { PathwaysController } from './pathways.controller.js';
import { PatientsController } from './patients.controller.js';
import { PausesController } from './pauses.controller.js';
import { PreflightController } from './preflight.controller.js';
import { PeopleController } from './people.controller.js';
import { Previews, PreviewsController } from './previews.controller.js';
import { ProblemFilter, toMalformed } from './problem.js';
import { RefusedController } from './refused.controller.js';
import { forbidCaching, noteRequests, refuseForeignRequest, refuseOddShape } from './request-checks.js';
import { RootController } from './root.controller.js';
import { SessionController } from './session.controller.js';
import { StreamController } from './stream.controller.js';
import { TasksController } from './tasks.controller.js';
import { TreatmentLimitsController } from './treatment-limits.controller.js';
import { UnitRulesController } from './unit-rules.controller.js';
import { UnitsController } from './units.controller.js';
import { WorklistController } from './worklist.controller.js';
import { WorklistStream } from './worklist-stream.js';

/** Largest body of a request; the longest note fits many times. */
const BODY_BYTES_MAX = 262_144;

const ROOMS: readonly Type[] = [
  RootController,
  SessionController,
  WorklistController,
  StreamController,
  ChartsController,
  AnswersController,
  EpisodesController,
  HandoversController,
  ExplanationsController,
  PathwaysController,
  PatientsController,
  LimitsController,
  TasksController,
  HitRateController,
  PausesController,
  PreflightController,
  AdviceController,
  HomeAsksController,
  PlanTextsController,
  GoalsController,
  MeasuringDaysController,
  ReviewDatesController,
  TreatmentLimitsController,
  SmsReceiptsController,
  PreviewsController,
  DevicesController,
  UnitsController,
  AgreementsController,
  DutyController,
  ContactsController,
  UnitRulesController,
  PeopleController,
  RefusedController,
];

/** A person acts: the HTTP API. A process without this part still answers for its health. */
@Module({})
export class TriageModule {
  /** The API with the role `triage`, else health and counters only. */
  static forRoles(roles: readonly Role[]): DynamicModule {
    const isWhole = roles.includes('triage');
    const providers: Provider[] = [
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_FILTER, useFactory: (log: Log) => new ProblemFilter(log), inject: [LOG] },
      {
        provide: APP_PIPE,
        useFactory: () =>
          new ValidationPipe({
            whitelist: true,
            forbidNonWhitelisted: true,
            transform: true,
            stopAtFirstError: false,
            forbidUnknownValues: true,
            exceptionFactory: toMalformed,
          }),
      },
    ];
    return {
      module: TriageModule,
      controllers: isWhole ? [HealthController, ...ROOMS] : [HealthController],
      providers: isWhole ? [...providers, WorklistStream, Previews] : providers,
    };
  }
}

/** Sets up what stands before and beside the handlers. Call it once, before the application listens; create that with `bodyParser: false`. */
export function prepareApi(app: NestExpressApplication): void {
  const config: Config = app.get(CONFIG, { strict: false });
  const log: Log = app.get(LOG, { strict: false });
  const metrics: Registry = app.get(METRICS, { strict: false });
  app.disable('x-powered-by');
  app.set('trust proxy', config.http.proxies);
  app.use(protect(config.http.secureCookie));
  app.use(noteRequests(log, metrics));
  app.use('/api', forbidCaching);
  app.use(refuseForeignRequest);
  app.useBodyParser('json', { limit: BODY_BYTES_MAX });
  app.use(refuseOddShape);
  app.setGlobalPrefix('api', { exclude: ['', 'health/live', 'health/ready', 'health/parts', 'metrics'] });
  if (!config.roles.includes('triage')) return;
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Varde',
    // No script may set our cookie, so the button that offers to would mislead: POST /api/session signs in. The maker's bar helps nobody
    // here, and the seventy shapes below the calls are shown with the calls.
    customCss: '.swagger-ui .topbar, .swagger-ui .scheme-container { display: none }',
    swaggerOptions: { defaultModelsExpandDepth: -1 },
  });
}

/** The OpenAPI document of the API. */
export function describeApi(app: NestExpressApplication): OpenAPIObject {
  const document = new DocumentBuilder()
    .setTitle('Varde')
    .setDescription('Remote patient monitoring for a health community. Sign in with POST /api/session; errors are problem+json (RFC 9457).')
    .setVersion('1')
    .addCookieAuth('varde_session')
    .build();
  return SwaggerModule.createDocument(app, document);
}

/** The pages at /docs bring their own style and pictures; nothing comes from elsewhere. */
function protect(isSecure: boolean): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isSecure,
  });
}
