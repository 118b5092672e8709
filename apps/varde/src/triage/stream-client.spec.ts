import { EventEmitter } from 'node:events';
import type { SeenWorklistChange } from '@varde/store';
import type { Response } from 'express';
import { StreamClient, WAITING_BYTES_MAX, WAITING_CHANGES_MAX } from './stream-client.js';

/** As much of an answer as the client touches; `takes` false: the other end reads nothing. */
class FakeResponse extends EventEmitter {
  text = '';
  writableLength = 0;
  destroyed = false;
  writableEnded = false;
  writableNeedDrain = false;
  constructor(private readonly takes = true) {
    super();
  }
  write(text: string): void {
    this.text += text;
    if (!this.takes) this.writableLength += text.length;
  }
  destroy(): void {
    this.destroyed = true;
  }
  end(): void {
    this.writableEnded = true;
  }
}

const clientOf = (response: FakeResponse, hasUntil = 0): StreamClient => new StreamClient(response as unknown as Response, [1], hasUntil);
const change = (id: number, seenByUnitIds: readonly number[] = [1]): SeenWorklistChange => ({
  id,
  at: new Date('2026-01-01T00:00:00Z'),
  patientId: 7,
  episodeId: 8,
  unitId: 1,
  kind: 'opened',
  seenByUnitIds,
});
const idsIn = (text: string): number[] => [...text.matchAll(/^id: (\d+)\nevent: change/gm)].map((hit) => Number(hit[1]));

test('what comes while it catches up waits until it has', () => {
  const response = new FakeResponse();
  const client = clientOf(response);
  client.push([change(3)]);
  client.write([change(1), change(2)]);
  client.goLive();
  client.push([change(4)]);
  expect(idsIn(response.text)).toEqual([1, 2, 3, 4]);
});

test('a database that goes back while it catches up: the word comes after all that was, and before all that is', () => {
  const response = new FakeResponse();
  const client = clientOf(response, 8);
  client.push([change(9)]);
  client.startOver(4);
  client.push([change(5)]);
  client.mark('start', 8);
  client.goLive();
  client.startOver(3);
  expect([...response.text.matchAll(/^id: (\d+)\nevent: (\w+)$/gm)].map(([, id, event]) => [Number(id), event])).toEqual([
    [8, 'start'],
    [4, 'reset'],
    [5, 'change'],
    [3, 'reset'],
  ]);
});

test('what the client has from a process that has come further is not written again, nor is its last id set back', () => {
  const response = new FakeResponse();
  const client = clientOf(response, 4);
  client.mark('start', 3);
  client.goLive();
  client.beat(3);
  client.push([change(4), change(5)]);
  expect(idsIn(response.text)).toEqual([5]);
  expect([...response.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual([4, 4, 5]);
  client.mark('reset', 1);
  client.push([change(2)]);
  expect(idsIn(response.text)).toEqual([5, 2]);
});

test('only what the person may see is written, by the units of now', () => {
  const response = new FakeResponse();
  const client = clientOf(response);
  client.goLive();
  client.push([change(1), change(2, [2]), change(3, [])]);
  client.seeAs([2]);
  client.push([change(4), change(5, [2])]);
  expect(idsIn(response.text)).toEqual([1, 5]);
});

test('a beat moves the last id only when everything before it has been written', () => {
  const response = new FakeResponse();
  const client = clientOf(response);
  client.beat(9);
  expect(response.text).toBe(': here\n\n');
  client.goLive();
  client.beat(9);
  expect(response.text).toBe(': here\n\n: here\nid: 9\n\n');
});

test('a client that does not read is cut off before it fills the memory', () => {
  const response = new FakeResponse(false);
  const client = clientOf(response);
  client.goLive();
  for (let id = 1; !response.destroyed; id += 1) client.push([change(id)]);
  expect(response.writableLength).toBeGreaterThan(WAITING_BYTES_MAX);
  expect(response.writableLength).toBeLessThan(WAITING_BYTES_MAX + 1_000);
});

test('a client that never ends catching up is cut off', () => {
  const response = new FakeResponse();
  const client = clientOf(response);
  client.push(Array.from({ length: WAITING_CHANGES_MAX + 1 }, (_, id) => change(id)));
  expect(response.destroyed).toBe(true);
});

test('nothing counts as told to a client whose stream has ended, however long its connection stays', () => {
  const client = clientOf(new FakeResponse(false));
  expect(client.seenUnits(change(1))).toEqual([1]);
  client.end();
  expect(client.seenUnits(change(2))).toEqual([]);
});
