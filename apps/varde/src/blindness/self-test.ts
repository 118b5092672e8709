import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  claimSelfTest,
  closeSelfTest,
  inTransaction,
  readBlind,
  readHasPatients,
  readSelfTestBegin,
  readSelfTestProgress,
  readSelfTests,
  saveBlind,
  saveSeesAgain,
  saveSelfTest,
  saveSelfTestHome,
  type Database,
  type SelfTestHome,
  type SelfTestProgress,
} from '@varde/store';
import { encodeObs, formatTopic } from '@varde/wire';
import mqtt from 'mqtt';
import type { Log } from '../log.js';
import type { Sight } from '../sight.js';

/** A value that has not arrived by then does not arrive. */
const ARRIVES_WITHIN_MS = 120_000;
const ASK_EVERY_MS = 500;
const CONNECT_TIMEOUT_MS = 15_000;
/** How long a broker may remember a credential that has been replaced. */
const CREDENTIAL_FORGOTTEN_MS = 6_000;
const TOO_LATE_SETTLE_MS = 5_000;
/** One whose value did not arrive walks again within minutes: a machine that has begun no walk for so long is gone. */
const GONE_AFTER_MS = 3_600_000;
/** So low that no rule waits for a second measurement. */
const SPO2_PERCENT = 80;

/** What a walk needs. */
export interface SelfTestParts {
  readonly database: Database;
  readonly host: string;
  /** Key of the device credentials. */
  readonly secretKey: string;
  /** The broker: ours, where the made-up gateway signs in by its own credential, or somebody else's, with the credential of its address. */
  readonly broker: { readonly url: string; readonly isOurs: boolean };
  readonly sight: Sight;
  readonly log: Log;
  readonly now: () => Date;
}

/** Where a made-up value stopped. */
export type Stop = 'not connected' | 'not acknowledged' | 'not stored' | 'not looked at' | 'no notice' | 'not told to the worklist';

/** What came of one walk: null when it arrived, else how far it came. */
type Stopped = Stop | null;

/** A made-up patient of this machine, whose red value walks from a real connection to the worklist of its unit. */
export class SelfTest {
  private home: SelfTestHome | null = null;

  constructor(private readonly parts: SelfTestParts) {}

  /**
   * One walk. Says whether it arrived; when it did not, people are told. True also when another process of this machine has walked within
   * `everyMs`. Null while there is no patient: there is nothing to be blind to, and whoever sets up the service finds it empty. Rejects when the
   * database does not answer: that is told by itself.
   */
  async walk(everyMs: number, withinMs = ARRIVES_WITHIN_MS): Promise<boolean | null> {
    const { database, host, now } = this.parts;
    const { manager } = database.dataSource;
    if (!(await readHasPatients(manager))) return null;
    const startedAt = now();
    const id = await claimSelfTest(database.dataSource, host, startedAt, everyMs);
    if (id === null) return true;
    this.home ??= await this.enter();
    await closeSelfTest(database.dataSource, this.home, now());
    const begin = await readSelfTestBegin(manager);
    let stopped = await this.send(this.home);
    if (stopped === 'not connected') {
      // Another process of this machine may have made a credential of its own; ours is made anew.
      this.home = await this.enter();
      stopped = await this.send(this.home);
    }
    stopped ??= await this.follow(this.home, begin, withinMs);
    await saveSelfTest(manager, id, { arrivedAt: stopped === null ? now() : null, stoppedAt: stopped });
    await closeSelfTest(database.dataSource, this.home, now());
    await this.tell(stopped, startedAt);
    return stopped === null;
  }

  private async enter(): Promise<SelfTestHome> {
    const { database, host, secretKey, now } = this.parts;
    const home = await saveSelfTestHome(database.dataSource, host, secretKey, now());
    if (home.hasReplaced) await wait(CREDENTIAL_FORGOTTEN_MS);
    return home;
  }

  private send(home: SelfTestHome): Promise<Stopped> {
    return this.publish(home).catch((error: unknown): Stopped => {
      this.parts.log.warn({ err: error }, 'the made-up patient could not connect to the broker');
      return 'not connected';
    });
  }

  private async publish(home: SelfTestHome): Promise<Stopped> {
    const { broker, now } = this.parts;
    const { tenant, clientId, secret, device } = home;
    const own = { clientId, username: `${tenant}/${clientId}`, password: secret, protocolVersion: 4 as const };
    const options = broker.isOurs ? own : { clientId: `varde-${clientId}`, protocolVersion: 5 as const };
    const client = await mqtt.connectAsync(
      broker.url,
      { ...options, reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT_MS, rejectUnauthorized: !broker.isOurs },
      false,
    );
    try {
      const at = now();
      const reading = {
        kind: 'pulse-oximetry',
        gatewayTime: at,
        measurements: [{ type: 'spo2' as const, value: SPO2_PERCENT, unit: '%' }],
      };
      const payload = encodeObs({ messageId: randomUUID(), sentAt: at, device: { id: device, idType: 'serial' }, readings: [reading] });
      const topic = formatTopic({ kind: 'obs', tenant, gateway: clientId, device });
      const late = wait(ARRIVES_WITHIN_MS, 'late' as const, { ref: false });
      const sent = await Promise.race([client.publishAsync(topic, Buffer.from(payload), { qos: 1 }), late]);
      return sent === 'late' ? 'not acknowledged' : null;
    } finally {
      await client.endAsync(true);
    }
  }

  private async follow(home: SelfTestHome, begin: Awaited<ReturnType<typeof readSelfTestBegin>>, withinMs: number): Promise<Stopped> {
    const { database } = this.parts;
    const endMs = performance.now() + withinMs;
    for (;;) {
      const stopped = this.judge(await readSelfTestProgress(database.dataSource.manager, home.patientId, begin));
      if (stopped === null || performance.now() > endMs) return stopped;
      await wait(ASK_EVERY_MS);
    }
  }

  /** Where nobody plays the part that people sign in to, the chain ends at the notice. */
  private judge({ isStored, isLookedAt, isNoticed, isTold }: SelfTestProgress): Stopped {
    if (!isStored) return 'not stored';
    if (!isLookedAt) return 'not looked at';
    if (!isNoticed) return 'no notice';
    const isWorklistPlayed = this.parts.sight.parts.some(({ part, processes }) => part === 'triage' && processes > 0);
    return isTold || !isWorklistPlayed ? null : 'not told to the worklist';
  }

  private async tell(stopped: Stopped, startedAt: Date): Promise<void> {
    const { database, host, sight, log, now } = this.parts;
    const { dataSource } = database;
    const at = now();
    if (stopped !== null) {
      log.error({ stopped }, 'a made-up value did not arrive on the worklist');
      // A part that is known to be blind has been told already.
      const isTold = sight.blind.some(({ part }) => part !== 'gateway' && part !== 'chain');
      const noticed = { part: 'chain', subject: host, why: 'not_arrived', since: startedAt, detail: stopped } as const;
      if (!isTold) await inTransaction(dataSource, (tx) => saveBlind(tx, noticed, at));
      return;
    }
    const known = (await readBlind(dataSource.manager)).filter(({ part }) => part === 'chain');
    if (known.length === 0) return;
    // A machine that is gone never says that its value arrives: ours, which did, says it for it.
    const walks = await readSelfTests(dataSource.manager);
    const isGone = (subject: string): boolean =>
      !walks.some((each) => each.host === subject && startedAt.getTime() - each.startedAt.getTime() < GONE_AFTER_MS);
    const ids = known.filter(({ subject }) => subject === host || isGone(subject)).map(({ id }) => id);
    await inTransaction(dataSource, (tx) => saveSeesAgain(tx, ids, at, new Date(at.getTime() + TOO_LATE_SETTLE_MS)));
  }
}
