import { OutsideWatch } from './outside-watch.js';

const START = Date.parse('2026-03-02T08:00:00Z');

/** What is told, and after how many seconds, when the service answers or not as said, asked every five seconds. */
function told(answers: (seconds: number) => boolean, untilSeconds: number, skipped: (seconds: number) => boolean = () => false): string[] {
  const watch = new OutsideWatch('Varde i Testvik', new Date(START));
  const all: string[] = [];
  for (let seconds = 0; seconds <= untilSeconds; seconds += 5) {
    if (skipped(seconds)) continue;
    const message = watch.look(answers(seconds), new Date(START + seconds * 1_000), seconds * 1_000);
    if (message) all.push(`${seconds} ${message.kind}`);
  }
  return all;
}

test('a service that answers is not told of, nor one that starts again', () => {
  expect(told(() => true, 600)).toEqual([]);
  expect(told((seconds) => seconds % 60 < 25, 600)).toEqual([]);
});

test('one that is gone is told of within a minute, once, then every hour, and when it is back', () => {
  expect(told((seconds) => seconds <= 100, 200)).toEqual(['140 blind']);
  expect(told((seconds) => seconds <= 100 || seconds >= 4_000, 4_100)).toEqual(['140 blind', '3740 blind', '4000 sees_again']);
});

test('what reached nobody is told again soon, by the same key; an hour later by another', () => {
  const watch = new OutsideWatch('Varde', new Date(START));
  const keys: string[] = [];
  for (let seconds = 0; seconds <= 3_700; seconds += 5) {
    const message = watch.look(false, new Date(START + seconds * 1_000), seconds * 1_000);
    if (message === null) continue;
    keys.push(`${seconds} ${message.key}`);
    if (keys.length === 1) watch.giveTellingBack();
  }
  const key = `blind-service-${START}`;
  expect(keys).toEqual([`40 ${key}-0`, `50 ${key}-0`, `3650 ${key}-1`]);
});

test('one that was never there is told of too', () => {
  expect(told(() => false, 100)).toEqual(['40 blind']);
});

test('a watcher that slept begins to wait anew', () => {
  expect(
    told(
      (seconds) => seconds < 100,
      330,
      (seconds) => seconds > 100 && seconds < 300,
    ),
  ).toEqual([]);
});

test('says from when to when, in words and for machines', () => {
  const watch = new OutsideWatch('Varde i Testvik', new Date(START));
  watch.look(true, new Date(START), 0);
  for (let ms = 5_000; ms < 60_000; ms += 5_000) watch.look(false, new Date(START + ms), ms);
  expect(watch.look(true, new Date(START + 125_000), 60_000)).toMatchObject({
    key: `sees-again-service-${START}`,
    text: { nb: expect.stringContaining('Borte fra 09:00 til 09:02.') as string },
    facts: { blind: [{ part: 'service', subject: 'Varde i Testvik' }] },
  });
});
