import { readExplanationFacts, type Viewer } from '@varde/store';
import { runCommand } from '../../../test/command-line.js';
import { makeTestPerson } from '../../../test/community.js';
import { testDatabase, testLog } from '../../../test/engine.js';
import { makeTestHome, minutes, NOW, obs, openTestIngest, spotCheck } from '../../../test/ingest-rig.js';
import { openCatalogue } from './catalogue.js';
import { explain } from './explanation.js';
import type { Language } from './explanation-words.js';
import type { Log } from './log.js';
import { lookAtDue, type WatcherParts } from './watch/watcher.js';

// Many readings, on an engine that may have one backend and a machine with much else to do.
jest.setTimeout(240_000);

const db = testDatabase();
let parts: WatcherParts;
let nurse: Viewer;
let episodeId: number;
const now = minutes(1460);

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

// A yellow episode is open, and graver rules that it does not have are kept quiet: then they fire. Last of all an old reading comes.
beforeAll(async () => {
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  const { ingest } = openTestIngest(db.database, { checkCredentials: false });
  const home = await makeTestHome(db.database, 'x1');
  await query(`update wearer set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  await query(`update enrolment set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  const personId = await makeTestPerson(db.manager, 'siri.lege', 'physician', NOW);
  nurse = { personId, username: 'siri', name: 'Siri Lege', roles: ['nurse'], unitIds: [home.community.dhoId] };
  const measure = (at: Date, spo2: number, receivedAt = at) => ingest.take(obs(home, [spotCheck(at, { spo2 })], { receivedAt }));
  const measureAndLook = async (at: Date, spo2: number, receivedAt = at) => {
    await measure(at, spo2, receivedAt);
    await lookAtDue(parts, new Date(receivedAt.getTime() + 60_000));
  };
  await Promise.all(Array.from({ length: 30 }, (_, back) => measure(minutes(-(back + 1) * 1440), 92)));
  await lookAtDue(parts, NOW);
  await measureAndLook(minutes(102), 88);
  await measureAndLook(minutes(113), 88);
  await query(
    `insert into snooze (patient_id, rule_id, severity, from_at, until, reason, by_person_id)
     select $1, rule, severity, $2, $3, reason, $4
     from (values ('copd.spo2.drop_large', 'yellow', 'bare gul'), ('copd.spo2.drop_large', 'red', 'avtalt'),
       ('copd.spo2.below_target', 'red', 'avtalt')) as v (rule, severity, reason)`,
    [home.patientId, minutes(120), minutes(600), personId],
  );
  await measureAndLook(minutes(130), 85);
  await measureAndLook(minutes(141), 85);
  await measureAndLook(minutes(-200), 88, minutes(1450));
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
       Oksygenmetning 88 % er 4 prosentpoeng under personlig utgangsverdi 92 % (3 prosentpoeng eller mer, standardgrense for KOLS). Ikke bekreftet: ingen ny måling innen 60 min. Målt 28 timer før den kom fram. Nyere måling, 6 timer senere: 85 %.
       regel copd.spo2.drop v1
       grense drop 3 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 05:40 (OX-1; kom sent, 2026-03-03 09:10) [m:…]
       måling oksygenmetning 88 %, 2026-03-02 05:40 (OX-1; kom sent, 2026-03-03 09:10) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       kom for sent fram til at noen fikk beskjed
     2026-03-02 11:10  Oksygenmetning under pasientens nedre mål: slo ut (rød)
       Oksygenmetning 85 % er under 88 % (standardgrense for KOLS). Bekreftet av ny måling, 85 %.
       regel copd.spo2.below_target v1
       grense target_low 88 % (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 11:10 (OX-1) [m:…]
       måling oksygenmetning 85 %, 2026-03-02 11:10 (OX-1) [m:…]
       måling puls 72 per minutt, 2026-03-02 11:21 (OX-1) [m:…]
       måling oksygenmetning 85 %, 2026-03-02 11:21 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       stilt til 2026-03-02 19:00 av siri.lege: avtalt
     2026-03-02 11:10  Stort fall i oksygenmetning: slo ut (rød)
       Oksygenmetning 85 % er 7 prosentpoeng under personlig utgangsverdi 92 % (6 prosentpoeng eller mer, standardgrense for KOLS). Bekreftet av ny måling, 85 %.
       regel copd.spo2.drop_large v1
       grense drop 6 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 11:10 (OX-1) [m:…]
       måling oksygenmetning 85 %, 2026-03-02 11:10 (OX-1) [m:…]
       måling puls 72 per minutt, 2026-03-02 11:21 (OX-1) [m:…]
       måling oksygenmetning 85 %, 2026-03-02 11:21 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
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
       Oxygen saturation 88% is 4 percentage points below the personal baseline of 92% (3 percentage points or more, default limit for COPD). Not confirmed: no new reading within 60 min. Measured 28 hours before it arrived. A newer reading, 6 hours later: 85%.
       rule copd.spo2.drop v1
       limit drop 3 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 05:40 (OX-1; came late, 2026-03-03 09:10) [m:…]
       reading oxygen saturation 88%, 2026-03-02 05:40 (OX-1; came late, 2026-03-03 09:10) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       came too late for anybody to be told
     2026-03-02 11:10  Saturation below the patient's own lower target: fired (red)
       Oxygen saturation 85% is below 88% (default limit for COPD). Confirmed by a new reading, 85%.
       rule copd.spo2.below_target v1
       limit target_low 88% (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 11:10 (OX-1) [m:…]
       reading oxygen saturation 85%, 2026-03-02 11:10 (OX-1) [m:…]
       reading pulse 72 per minute, 2026-03-02 11:21 (OX-1) [m:…]
       reading oxygen saturation 85%, 2026-03-02 11:21 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       kept quiet until 2026-03-02 19:00 by siri.lege: avtalt
     2026-03-02 11:10  Saturation far below the personal baseline: fired (red)
       Oxygen saturation 85% is 7 percentage points below the personal baseline of 92% (6 percentage points or more, default limit for COPD). Confirmed by a new reading, 85%.
       rule copd.spo2.drop_large v1
       limit drop 6 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 11:10 (OX-1) [m:…]
       reading oxygen saturation 85%, 2026-03-02 11:10 (OX-1) [m:…]
       reading pulse 72 per minute, 2026-03-02 11:21 (OX-1) [m:…]
       reading oxygen saturation 85%, 2026-03-02 11:21 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
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
