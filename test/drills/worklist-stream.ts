import { randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { savePerson, type Database } from '@varde/store';
import { PASSWORD } from '../small-community.js';
import { asker } from '../triage-api.js';

/** What the stream of the worklist said of itself, and when (`performance.now()`). */
export interface SaidOfWorklist {
  readonly atMs: number;
  readonly event: 'not_up_to_date' | 'up_to_date';
}

/** A nurse of every unit who follows the worklist of a running service. */
export class WorklistStream {
  readonly said: SaidOfWorklist[] = [];
  private readonly ending = new AbortController();

  private constructor() {}

  /** Hires the nurse, signs in and follows. */
  static async open({ dataSource }: Database, apiUrl: string): Promise<WorklistStream> {
    const units = await dataSource.query<{ id: number }[]>('select id from unit');
    const username = `follower-${randomUUID().slice(0, 8)}`;
    const passwordHash = await hash(PASSWORD, { memoryCost: 1024, timeCost: 1 });
    const person = { username, name: username, passwordHash, roles: ['nurse'] as const, unitIds: units.map(({ id }) => id) };
    await savePerson(dataSource.manager, person, new Date());
    const signedIn = await asker(apiUrl, '').ask('POST', '/api/session', { username, password: PASSWORD });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const stream = new WorklistStream();
    const answer = await fetch(`${apiUrl}/api/stream`, { headers: { cookie }, signal: stream.ending.signal });
    if (!answer.ok || !answer.body) throw new Error(`the stream was answered ${answer.status}`);
    void stream.read(answer.body).catch(() => undefined);
    return stream;
  }

  /** Seconds from a moment until it said so; null: not yet. */
  secondsUntil(event: SaidOfWorklist['event'], fromMs: number): number | null {
    const first = this.said.find((each) => each.event === event && each.atMs >= fromMs);
    return first ? (first.atMs - fromMs) / 1_000 : null;
  }

  close(): void {
    this.ending.abort();
  }

  /** Ends by `close`, or with the service. */
  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const event = /^event: (not_up_to_date|up_to_date)$/m.exec(part)?.[1] as SaidOfWorklist['event'] | undefined;
        if (event) this.said.push({ atMs: performance.now(), event });
      }
    }
  }
}
