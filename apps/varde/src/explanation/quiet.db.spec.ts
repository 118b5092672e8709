import { readExplanationFacts, type Viewer } from '@varde/store';
import { runCommand } from '../../../../test/command-line.js';
import { makeTestPerson } from '../../../../test/community.js';
import { testDatabase, testLog } from '../../../../test/engine.js';
import { makeTestHome, minutes, NOW, obs, openTestIngest, spotCheck } from '../../../../test/ingest-rig.js';
import { openCatalogue } from '../catalogue.js';
import { explain } from './explanation.js';
import type { Language } from './words.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from '../watch/watcher.js';

// Many readings, on an engine that may have one backend and a machine with much else to do.
jest.setTimeout(240_000);

const db = testDatabase();
let parts: WatcherParts;
let nurse: Viewer;
let episodeId: number;
const now = minutes(1460);

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

// A yellow episode is open, and a rule that it does not have is kept quiet: then that fires. Last of all an old reading comes.
beforeAll(async () => {
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  const { ingest } = openTestIngest(db.database, { checkCredentials: false });
  const home = await makeTestHome(db.database, 'x1');
  await query(`update wearer set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  await query(`update enrolment set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  const personId = await makeTestPerson(db.manager, 'siri.lege', 'physician', NOW);
  nurse = { personId, username: 'siri', name: 'Siri Lege', roles: ['nurse'], unitIds: [home.community.dhoId] };
  const measure = (at: Date, spo2: number, { receivedAt = at, pulse = 72 } = {}) =>
    ingest.take(obs(home, [spotCheck(at, { spo2, pulse })], { receivedAt }));
  const measureAndLook = async (at: Date, spo2: number, { receivedAt = at, pulse = 72 } = {}) => {
    await measure(at, spo2, { receivedAt, pulse });
    await lookAtDue(parts, new Date(receivedAt.getTime() + 60_000));
  };
  await Promise.all(Array.from({ length: 30 }, (_, back) => measure(minutes(-(back + 1) * 1440), 92, back === 0 ? { pulse: 84 } : {})));
  await lookAtDue(parts, NOW);
  await measureAndLook(minutes(102), 88);
  await measureAndLook(minutes(113), 88);
  await query(
    `insert into snooze (patient_id, rule_id, severity, from_at, until, reason, by_person_id)
     select $1, rule, severity, $2, $3, reason, $4
     from (values ('copd.pulse.rise', 'info', 'bare info'), ('copd.pulse.rise', 'yellow', 'avtalt')) as v (rule, severity, reason)`,
    [home.patientId, minutes(120), minutes(600), personId],
  );
  await measureAndLook(minutes(130), 88, { pulse: 84 });
  await measureAndLook(minutes(141), 88, { pulse: 84 });
  await measureAndLook(minutes(-200), 88, { receivedAt: minutes(1450) });
  await ingest.stop();
  const [episode] = await query<{ id: string }>(`select id from episode where patient_id = $1`, [home.patientId]);
  episodeId = Number(episode?.id);
});

/** What stands from the title on, without ids, which another engine gives otherwise; the command says the same. */
const tellFrom = async (language: Language, title: string) => {
  const facts = await readExplanationFacts(db.manager, nurse, episodeId, { catalogue: parts.catalogue, now });
  const { severity, text } = explain(facts, parts.catalogue, language);
  expect(severity).toBe('yellow');
  const { code, said } = await runCommand(db.url, `explain ${episodeId} --lang ${language}`, { now: () => now });
  expect({ code, said }).toEqual({ code: 0, said: text.join('\n') });
  expect(text).toContain(title);
  return text
    .slice(text.indexOf(title))
    .map((line) => line.replace(/m:\d+/g, 'm:…'))
    .join('\n');
};

test('what fired and nobody was told of stands under words of its own, with rule version, limits, readings and why', async () => {
  expect(await tellFrom('nb', 'Funnet, men ingen fikk beskjed')).toMatchInlineSnapshot(`
   "Funnet, men ingen fikk beskjed
     2026-03-02 05:40  Oksygenmetning klart under personlig utgangsverdi: slo ut uten ny måling: fristen for å måle på nytt gikk ut (gul)
       Oksygenmetning 88 % er 4 prosentpoeng under personlig utgangsverdi 92 % (3 prosentpoeng eller mer, standardgrense for KOLS). Ikke bekreftet: ingen ny måling innen 60 min. Målt 28 timer før den kom fram. Nyere måling, 6 timer senere: 88 %.
       regel copd.spo2.drop v1
       grense drop 3 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 05:40 (OX-1; kom sent, 2026-03-03 09:10) [m:…]
       måling oksygenmetning 88 %, 2026-03-02 05:40 (OX-1; kom sent, 2026-03-03 09:10) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       kom for sent fram til at noen fikk beskjed
     2026-03-02 11:10  Hvilepuls over personlig utgangsverdi to dager: slo ut (gul)
       Puls 84 per minutt er 12 per minutt over personlig utgangsverdi 72 per minutt (10 per minutt eller mer, standardgrense for KOLS), 2 målte dager på rad.
       regel copd.pulse.rise v1
       grense rise 10 per minutt (regelens standard, versjon 1)
       måling puls 84 per minutt, 2026-03-01 09:00 (OX-1) [m:…]
       måling oksygenmetning 92 %, 2026-03-01 09:00 (OX-1) [m:…]
       måling puls 84 per minutt, 2026-03-02 11:10 (OX-1) [m:…]
       måling oksygenmetning 88 %, 2026-03-02 11:10 (OX-1) [m:…]
       puls: personlig utgangsverdi 72 per minutt, vanlig spredning 5 per minutt
       stilt til 2026-03-02 19:00 av siri.lege: avtalt
     2026-03-02 11:21  Hvilepuls over personlig utgangsverdi to dager: slo ut (gul)
       Puls 84 per minutt er 12 per minutt over personlig utgangsverdi 72 per minutt (10 per minutt eller mer, standardgrense for KOLS), 2 målte dager på rad.
       regel copd.pulse.rise v1
       grense rise 10 per minutt (regelens standard, versjon 1)
       måling puls 84 per minutt, 2026-03-01 09:00 (OX-1) [m:…]
       måling oksygenmetning 92 %, 2026-03-01 09:00 (OX-1) [m:…]
       måling puls 84 per minutt, 2026-03-02 11:21 (OX-1) [m:…]
       måling oksygenmetning 88 %, 2026-03-02 11:21 (OX-1) [m:…]
       puls: personlig utgangsverdi 72 per minutt, vanlig spredning 5 per minutt
       stilt til 2026-03-02 19:00 av siri.lege: avtalt

   Vurdert, men slo ikke ut
     2026-03-02 10:42  Samlet fall i metning og økt puls ved forverrede symptomer: kunne ikke vurderes (info)
       Kan ikke vurderes: svar om symptomer samme dag mangler (Samlet fall i metning og økt puls ved forverrede symptomer).
       regel copd.oximetry_score v1
       grense score 1 SD (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 10:42 (OX-1) [m:…]
       måling oksygenmetning 88 %, 2026-03-02 10:42 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       puls: personlig utgangsverdi 72 per minutt, vanlig spredning 5 per minutt"
  `);
});

test('in English too', async () => {
  expect(await tellFrom('en', 'Found, told to nobody')).toMatchInlineSnapshot(`
   "Found, told to nobody
     2026-03-02 05:40  Saturation clearly below the personal baseline: fired without another measurement: the time to measure again ran out (yellow)
       Oxygen saturation 88% is 4 percentage points below the personal baseline of 92% (3 percentage points or more, default limit for COPD). Not confirmed: no new reading within 60 min. Measured 28 hours before it arrived. A newer reading, 6 hours later: 88%.
       rule copd.spo2.drop v1
       limit drop 3 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 05:40 (OX-1; came late, 2026-03-03 09:10) [m:…]
       reading oxygen saturation 88%, 2026-03-02 05:40 (OX-1; came late, 2026-03-03 09:10) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       came too late for anybody to be told
     2026-03-02 11:10  Resting pulse above personal baseline on two days: fired (yellow)
       Pulse 84 per minute is 12 per minute above the personal baseline of 72 per minute (10 per minute or more, default limit for COPD), 2 measured days in a row.
       rule copd.pulse.rise v1
       limit rise 10 per minute (the rule's default, version 1)
       reading pulse 84 per minute, 2026-03-01 09:00 (OX-1) [m:…]
       reading oxygen saturation 92%, 2026-03-01 09:00 (OX-1) [m:…]
       reading pulse 84 per minute, 2026-03-02 11:10 (OX-1) [m:…]
       reading oxygen saturation 88%, 2026-03-02 11:10 (OX-1) [m:…]
       pulse: personal baseline 72 per minute, usual spread 5 per minute
       kept quiet until 2026-03-02 19:00 by siri.lege: avtalt
     2026-03-02 11:21  Resting pulse above personal baseline on two days: fired (yellow)
       Pulse 84 per minute is 12 per minute above the personal baseline of 72 per minute (10 per minute or more, default limit for COPD), 2 measured days in a row.
       rule copd.pulse.rise v1
       limit rise 10 per minute (the rule's default, version 1)
       reading pulse 84 per minute, 2026-03-01 09:00 (OX-1) [m:…]
       reading oxygen saturation 92%, 2026-03-01 09:00 (OX-1) [m:…]
       reading pulse 84 per minute, 2026-03-02 11:21 (OX-1) [m:…]
       reading oxygen saturation 88%, 2026-03-02 11:21 (OX-1) [m:…]
       pulse: personal baseline 72 per minute, usual spread 5 per minute
       kept quiet until 2026-03-02 19:00 by siri.lege: avtalt

   Judged, did not fire
     2026-03-02 10:42  Combined saturation fall and pulse rise while symptoms are worse: could not be judged (info)
       Cannot be judged: answers about symptoms the same day are missing (Combined saturation fall and pulse rise while symptoms are worse).
       rule copd.oximetry_score v1
       limit score 1 SD (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 10:42 (OX-1) [m:…]
       reading oxygen saturation 88%, 2026-03-02 10:42 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       pulse: personal baseline 72 per minute, usual spread 5 per minute"
  `);
});
