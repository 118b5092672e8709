import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Outcome } from './keep-batch.js';

/** What ingest counts for /metrics. */
export class Meter {
  private readonly messages: Counter<'result'>;
  private readonly readings: Counter;
  private readonly thinned: Counter;
  private readonly refused: Counter<'reason'>;
  private readonly identityFields: Counter;
  private readonly overloaded: Counter;
  private readonly faults: Counter<'fault'>;
  private readonly batchMessages: Histogram;
  private readonly commitSeconds: Histogram;

  constructor(metrics: Registry, waiting: () => number) {
    const registers = [metrics];
    this.messages = new Counter({
      name: 'varde_ingest_messages_total',
      help: 'Messages by what became of them',
      labelNames: ['result'],
      registers,
    });
    this.readings = new Counter({ name: 'varde_ingest_readings_total', help: 'Readings stored', registers });
    this.thinned = new Counter({
      name: 'varde_ingest_thinned_total',
      help: 'Acts of streams that were left out, one a minute being kept',
      registers,
    });
    this.refused = new Counter({ name: 'varde_ingest_refused_total', help: 'Things refused by reason', labelNames: ['reason'], registers });
    this.identityFields = new Counter({
      name: 'varde_ingest_identity_fields_total',
      help: 'Fields with the identity of a person that were removed',
      registers,
    });
    this.overloaded = new Counter({ name: 'varde_ingest_overloaded_total', help: 'Messages held back because too many wait', registers });
    this.faults = new Counter({ name: 'varde_ingest_faults_total', help: 'Writes that failed', labelNames: ['fault'], registers });
    this.batchMessages = new Histogram({
      name: 'varde_ingest_batch_messages',
      help: 'Messages that share a commit',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    });
    this.commitSeconds = new Histogram({
      name: 'varde_ingest_commit_seconds',
      help: 'Time from the first query of a batch to its commit',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    });
    new Gauge({
      name: 'varde_ingest_waiting',
      help: 'Messages not committed yet',
      registers,
      collect() {
        this.set(waiting());
      },
    });
  }

  countBatch(outcomes: readonly Outcome[], seconds: number): void {
    this.batchMessages.observe(outcomes.length);
    this.commitSeconds.observe(seconds);
    let readings = 0;
    let thinned = 0;
    const messages = new Map<string, number>();
    for (const outcome of outcomes) {
      messages.set(outcome.status, (messages.get(outcome.status) ?? 0) + 1);
      readings += outcome.readings;
      thinned += outcome.thinned;
      for (const { reason, timesReceived } of outcome.refused) this.refused.inc({ reason }, timesReceived);
    }
    for (const [result, count] of messages) this.messages.inc({ result }, count);
    if (thinned > 0) this.thinned.inc(thinned);
    if (readings > 0) this.readings.inc(readings);
  }

  countIdentityFields(fields: number): void {
    if (fields > 0) this.identityFields.inc(fields);
  }

  countOverloaded(): void {
    this.overloaded.inc();
  }

  countFault(fault: string): void {
    this.faults.inc({ fault });
  }
}
