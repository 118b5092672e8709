import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Confirm } from './catalogue.js';
import { confirmWindowMs } from './confirm.js';

const MINUTE_MS = 60_000;
const file = join(__dirname, 'catalogue/rules-catalogue.json');
const { confirmation_profiles: profiles } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly confirmation_profiles: readonly { readonly id: Confirm; readonly behaviour: string }[];
};

describe('how long is waited for a new reading, against the words of the catalogue', () => {
  test.each<[Confirm, string, number]>([
    ['remeasure_30min', 'fires as unconfirmed when none arrives in 30 minutes', 30],
    ['remeasure_60min', 'same with 60 minutes', 60],
    ['bp_repeat', 'fires unconfirmed after 30 minutes', 30],
  ])('%s: "%s"', (id, says, minutes) => {
    expect(profiles.find((profile) => profile.id === id)?.behaviour).toContain(says);
    expect(confirmWindowMs(id)).toBe(minutes * MINUTE_MS);
  });
});
