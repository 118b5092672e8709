import { teamOf, unitOf } from '@varde/routing';
import { planOf } from '../../../test/clinic.js';
import { criticalWords, redWords } from './advise-words.js';

/*
 * What must not be missing from what is told when it is grave (clinical README 2.4, `routing_default[].patient`).
 */
const always = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];
const unit = unitOf({ id: 1, name: 'Fjordgløtt', careLevel: 'dho', zone: 'Europe/Oslo', openingHours: always });
const place = { plan: planOf(), team: teamOf([unit]), now: new Date('2026-01-15T12:00:00+01:00') };

test.each([true, false])('critical: 113, that life may be in danger, and to wait for nobody (nobody reached: %s)', (unreached) => {
  const { nb, en } = criticalWords(place, unit, unreached);
  expect(nb).toMatch(/^Ring 113 nå\. .*fare for livet\. Ikke vent på at noen ringer deg\./);
  expect(en).toMatch(/^Call 113 now\. .*life is in danger\. Do not wait for anybody to call you\./);
});

test.each([true, false])('red: every sign that calls for 113 (nobody reached: %s)', (unreached) => {
  const { nb, en } = redWords(place, { owner: unit, unreached, nurseDecides: false });
  expect(nb).toMatch(/Ring 113 med en gang hvis du .*tungpustet i hvile, .*brystsmerter, .*sløv eller forvirret, eller blå på leppene\./);
  expect(en).toMatch(/Call 113 at once if you .*breathless at rest, .*chest pain, .*drowsy or confused, or blue on the lips\./);
});
