import { changeEpisode, inTransaction, readExplanationFacts, type Viewer } from '@varde/store';
import { makeTestPerson } from '../../../../test/community.js';
import { runCommand } from '../../../../test/command-line.js';
import { testDatabase, testLog } from '../../../../test/engine.js';
import { makeTestHome, minutes, NOW, obs, openTestIngest, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { openCatalogue } from '../catalogue.js';
import { explain } from './explanation.js';
import type { Language } from './words.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from '../watch/watcher.js';

// Many readings, on an engine that may have one backend and a machine with much else to do.
jest.setTimeout(240_000);

const db = testDatabase();
let parts: WatcherParts;
let home: TestHome;
let nurse: Viewer;
let episodeId: number;

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

// One scripted episode: thirty good days, a personal limit, a reading below it that a second one confirms, one that came late, and a snooze.
beforeAll(async () => {
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  const { ingest } = openTestIngest(db.database, { checkCredentials: false });
  home = await makeTestHome(db.database, 'x1');
  await query(`update wearer set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  await query(`update enrolment set from_at = from_at - interval '60 days' where patient_id = $1`, [home.patientId]);
  const personId = await makeTestPerson(db.manager, 'siri.lege', 'physician', NOW);
  nurse = { personId, username: 'siri', name: 'Siri Lege', roles: ['nurse'], unitIds: [home.community.dhoId] };
  await query(
    `insert into personal_limit (patient_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
     values ($1, 'copd.spo2.below_target', 'target_low', 87, 'lower', $2, $3, $3, 1)`,
    [home.patientId, personId, minutes(-1440)],
  );
  const measure = (at: Date, spo2: number, receivedAt = at) => ingest.take(obs(home, [spotCheck(at, { spo2 })], { receivedAt }));
  await Promise.all(Array.from({ length: 30 }, (_, back) => measure(minutes(-(back + 1) * 1440), 92)));
  await lookAtDue(parts, NOW);
  await measure(minutes(1), 86);
  await lookAtDue(parts, minutes(2));
  await measure(minutes(12), 86);
  await lookAtDue(parts, minutes(13));
  const [episode] = await query<{ id: string }>(`select id from episode where patient_id = $1 order by id limit 1`, [home.patientId]);
  episodeId = Number(episode?.id);
  const act = { kind: 'snooze' as const, ruleId: 'copd.spo2.drop', until: minutes(600), note: 'kjent' };
  await inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, nurse, { episodeId, seenVersion: null, act }, minutes(20)));
  await measure(minutes(30), 85);
  await lookAtDue(parts, minutes(31));
  await measure(minutes(-400), 82, minutes(40));
  await lookAtDue(parts, minutes(41));
  await ingest.stop();
});

const typed = async (language: Language): Promise<string> => {
  const { code, said } = await runCommand(db.url, `explain ${episodeId} --lang ${language}`, { now: () => minutes(60) });
  expect(code).toBe(0);
  return said;
};

test.each(['nb', 'en'] as const)('the command says the same (%s)', async (language) => {
  expect(await typed(language)).toBe((await told(language)).text.join('\n'));
});

const told = async (language: Language) => {
  const now = minutes(60);
  const facts = await readExplanationFacts(db.manager, nurse, episodeId, { catalogue: parts.catalogue, now });
  return explain(facts, parts.catalogue, language);
};
/** Without ids, which another engine gives otherwise. */
const lines = (text: readonly string[]) => text.map((line) => line.replace(/m:\d+/g, 'm:…').replace(/^(\w+) \d+:/, '$1 …:')).join('\n');

test('one scripted episode, in Norwegian', async () => {
  expect(lines((await told('nb')).text)).toMatchInlineSnapshot(`
   "Hendelse …: rød, pust, 2026-03-02 09:13, åpen
   Ansvarlig: Follow-up. Ansvarlig: Follow-up (kommunal oppfølgingstjeneste), bemannet og først i forløpet

   Hvorfor
     2026-03-02 02:20  Svært lav oksygenmetning: slo ut (akutt rød)
       Oksygenmetning 82 % er 83 % eller lavere (standardgrense for KOLS). Målt 7 timer før den kom fram. Nyere måling, 7 timer senere: 85 %.
       regel copd.spo2.critical v1
       grense limit 83 % (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       måling oksygenmetning 82 %, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       Rød, ikke akutt: målt for 7 timer siden.
     2026-03-02 02:20  Oksygenmetning under pasientens nedre mål: slo ut uten ny måling: fristen for å måle på nytt gikk ut (rød)
       Oksygenmetning 82 % er under 87 % (personlig grense, versjon 1). Ikke bekreftet: ingen ny måling innen 30 min. Målt 7 timer før den kom fram. Nyere måling, 7 timer senere: 85 %.
       regel copd.spo2.below_target v1
       grense target_low 87 % (personlig grense, versjon 1, siri.lege)
       måling puls 72 per minutt, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       måling oksygenmetning 82 %, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       dekket av en alvorligere regel på samme måling: copd.spo2.critical
     2026-03-02 02:20  Stort fall i oksygenmetning: slo ut uten ny måling: fristen for å måle på nytt gikk ut (rød)
       Oksygenmetning 82 % er 10 prosentpoeng under personlig utgangsverdi 92 % (6 prosentpoeng eller mer, standardgrense for KOLS). Ikke bekreftet: ingen ny måling innen 30 min. Målt 7 timer før den kom fram. Nyere måling, 7 timer senere: 85 %.
       regel copd.spo2.drop_large v1
       grense drop 6 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       måling oksygenmetning 82 %, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       dekket av en alvorligere regel på samme måling: copd.spo2.critical
     2026-03-02 02:20  Oksygenmetning klart under personlig utgangsverdi: slo ut uten ny måling: fristen for å måle på nytt gikk ut (gul)
       Oksygenmetning 82 % er 10 prosentpoeng under personlig utgangsverdi 92 % (3 prosentpoeng eller mer, standardgrense for KOLS). Ikke bekreftet: ingen ny måling innen 60 min. Målt 7 timer før den kom fram. Nyere måling, 7 timer senere: 85 %.
       regel copd.spo2.drop v1
       grense drop 3 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       måling oksygenmetning 82 %, 2026-03-02 02:20 (OX-1; kom sent, 2026-03-02 09:40) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       dekket av en alvorligere regel på samme måling: copd.spo2.critical, copd.spo2.below_target, copd.spo2.drop_large
       stilt til 2026-03-02 19:00 av siri.lege: kjent
     2026-03-02 09:01  Oksygenmetning under pasientens nedre mål: slo ut (rød)
       Oksygenmetning 86 % er under 87 % (personlig grense, versjon 1). Bekreftet av ny måling, 86 %.
       regel copd.spo2.below_target v1
       grense target_low 87 % (personlig grense, versjon 1, siri.lege)
       måling puls 72 per minutt, 2026-03-02 09:01 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:01 (OX-1) [m:…]
       måling puls 72 per minutt, 2026-03-02 09:12 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:12 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
     2026-03-02 09:01  Stort fall i oksygenmetning: slo ut (rød)
       Oksygenmetning 86 % er 6 prosentpoeng under personlig utgangsverdi 92 % (6 prosentpoeng eller mer, standardgrense for KOLS). Bekreftet av ny måling, 86 %.
       regel copd.spo2.drop_large v1
       grense drop 6 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 09:01 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:01 (OX-1) [m:…]
       måling puls 72 per minutt, 2026-03-02 09:12 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:12 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
     2026-03-02 09:01  Oksygenmetning klart under personlig utgangsverdi: slo ut (gul)
       Oksygenmetning 86 % er 6 prosentpoeng under personlig utgangsverdi 92 % (3 prosentpoeng eller mer, standardgrense for KOLS). Bekreftet av ny måling, 86 %.
       regel copd.spo2.drop v1
       grense drop 3 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 09:01 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:01 (OX-1) [m:…]
       måling puls 72 per minutt, 2026-03-02 09:12 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:12 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       dekket av en alvorligere regel på samme måling: copd.spo2.below_target, copd.spo2.drop_large
     2026-03-02 09:12  Oksygenmetning under pasientens nedre mål: slo ut (rød)
       Oksygenmetning 86 % er under 87 % (personlig grense, versjon 1).
       regel copd.spo2.below_target v1
       grense target_low 87 % (personlig grense, versjon 1, siri.lege)
       måling puls 72 per minutt, 2026-03-02 09:12 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:12 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
     2026-03-02 09:12  Stort fall i oksygenmetning: slo ut (rød)
       Oksygenmetning 86 % er 6 prosentpoeng under personlig utgangsverdi 92 % (6 prosentpoeng eller mer, standardgrense for KOLS).
       regel copd.spo2.drop_large v1
       grense drop 6 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 09:12 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:12 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
     2026-03-02 09:12  Oksygenmetning klart under personlig utgangsverdi: slo ut (gul)
       Oksygenmetning 86 % er 6 prosentpoeng under personlig utgangsverdi 92 % (3 prosentpoeng eller mer, standardgrense for KOLS).
       regel copd.spo2.drop v1
       grense drop 3 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 09:12 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:12 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       dekket av en alvorligere regel på samme måling: copd.spo2.below_target, copd.spo2.drop_large
       stilt til 2026-03-02 19:00 av siri.lege: kjent
     2026-03-02 09:30  Oksygenmetning under pasientens nedre mål: slo ut (rød)
       Oksygenmetning 85 % er under 87 % (personlig grense, versjon 1).
       regel copd.spo2.below_target v1
       grense target_low 87 % (personlig grense, versjon 1, siri.lege)
       måling puls 72 per minutt, 2026-03-02 09:30 (OX-1) [m:…]
       måling oksygenmetning 85 %, 2026-03-02 09:30 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
     2026-03-02 09:30  Stort fall i oksygenmetning: slo ut (rød)
       Oksygenmetning 85 % er 7 prosentpoeng under personlig utgangsverdi 92 % (6 prosentpoeng eller mer, standardgrense for KOLS).
       regel copd.spo2.drop_large v1
       grense drop 6 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 09:30 (OX-1) [m:…]
       måling oksygenmetning 85 %, 2026-03-02 09:30 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
     2026-03-02 09:30  Oksygenmetning klart under personlig utgangsverdi: slo ut (gul)
       Oksygenmetning 85 % er 7 prosentpoeng under personlig utgangsverdi 92 % (3 prosentpoeng eller mer, standardgrense for KOLS).
       regel copd.spo2.drop v1
       grense drop 3 prosentpoeng (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 09:30 (OX-1) [m:…]
       måling oksygenmetning 85 %, 2026-03-02 09:30 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       dekket av en alvorligere regel på samme måling: copd.spo2.below_target, copd.spo2.drop_large
       stilt til 2026-03-02 19:00 av siri.lege: kjent

   Vurdert, men slo ikke ut
     2026-03-02 09:01  Samlet fall i metning og økt puls ved forverrede symptomer: kunne ikke vurderes (info)
       Kan ikke vurderes: svar om symptomer samme dag mangler (Samlet fall i metning og økt puls ved forverrede symptomer).
       regel copd.oximetry_score v1
       grense score 1 SD (regelens standard, versjon 1)
       måling puls 72 per minutt, 2026-03-02 09:01 (OX-1) [m:…]
       måling oksygenmetning 86 %, 2026-03-02 09:01 (OX-1) [m:…]
       oksygenmetning: personlig utgangsverdi 92 %, vanlig spredning 1 %
       puls: personlig utgangsverdi 72 per minutt, vanlig spredning 5 per minutt"
  `);
});

test('and in English', async () => {
  expect(lines((await told('en')).text)).toMatchInlineSnapshot(`
   "Episode …: red, respiratory, 2026-03-02 09:13, open
   Owner: Follow-up. Owner: Follow-up (municipal follow-up), staffed and first on the pathway

   Why
     2026-03-02 02:20  Very low oxygen saturation: fired (critical)
       Oxygen saturation 82% is 83% or lower (default limit for COPD). Measured 7 hours before it arrived. A newer reading, 7 hours later: 85%.
       rule copd.spo2.critical v1
       limit limit 83% (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       reading oxygen saturation 82%, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       Red, not critical: measured 7 hours ago.
     2026-03-02 02:20  Saturation below the patient's own lower target: fired without another measurement: the time to measure again ran out (red)
       Oxygen saturation 82% is below 87% (personal limit, version 1). Not confirmed: no new reading within 30 min. Measured 7 hours before it arrived. A newer reading, 7 hours later: 85%.
       rule copd.spo2.below_target v1
       limit target_low 87% (personal limit, version 1, siri.lege)
       reading pulse 72 per minute, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       reading oxygen saturation 82%, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       covered by a graver rule on the same reading: copd.spo2.critical
     2026-03-02 02:20  Saturation far below the personal baseline: fired without another measurement: the time to measure again ran out (red)
       Oxygen saturation 82% is 10 percentage points below the personal baseline of 92% (6 percentage points or more, default limit for COPD). Not confirmed: no new reading within 30 min. Measured 7 hours before it arrived. A newer reading, 7 hours later: 85%.
       rule copd.spo2.drop_large v1
       limit drop 6 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       reading oxygen saturation 82%, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       covered by a graver rule on the same reading: copd.spo2.critical
     2026-03-02 02:20  Saturation clearly below the personal baseline: fired without another measurement: the time to measure again ran out (yellow)
       Oxygen saturation 82% is 10 percentage points below the personal baseline of 92% (3 percentage points or more, default limit for COPD). Not confirmed: no new reading within 60 min. Measured 7 hours before it arrived. A newer reading, 7 hours later: 85%.
       rule copd.spo2.drop v1
       limit drop 3 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       reading oxygen saturation 82%, 2026-03-02 02:20 (OX-1; came late, 2026-03-02 09:40) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       covered by a graver rule on the same reading: copd.spo2.critical, copd.spo2.below_target, copd.spo2.drop_large
       kept quiet until 2026-03-02 19:00 by siri.lege: kjent
     2026-03-02 09:01  Saturation below the patient's own lower target: fired (red)
       Oxygen saturation 86% is below 87% (personal limit, version 1). Confirmed by a new reading, 86%.
       rule copd.spo2.below_target v1
       limit target_low 87% (personal limit, version 1, siri.lege)
       reading pulse 72 per minute, 2026-03-02 09:01 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:01 (OX-1) [m:…]
       reading pulse 72 per minute, 2026-03-02 09:12 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:12 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
     2026-03-02 09:01  Saturation far below the personal baseline: fired (red)
       Oxygen saturation 86% is 6 percentage points below the personal baseline of 92% (6 percentage points or more, default limit for COPD). Confirmed by a new reading, 86%.
       rule copd.spo2.drop_large v1
       limit drop 6 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 09:01 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:01 (OX-1) [m:…]
       reading pulse 72 per minute, 2026-03-02 09:12 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:12 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
     2026-03-02 09:01  Saturation clearly below the personal baseline: fired (yellow)
       Oxygen saturation 86% is 6 percentage points below the personal baseline of 92% (3 percentage points or more, default limit for COPD). Confirmed by a new reading, 86%.
       rule copd.spo2.drop v1
       limit drop 3 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 09:01 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:01 (OX-1) [m:…]
       reading pulse 72 per minute, 2026-03-02 09:12 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:12 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       covered by a graver rule on the same reading: copd.spo2.below_target, copd.spo2.drop_large
     2026-03-02 09:12  Saturation below the patient's own lower target: fired (red)
       Oxygen saturation 86% is below 87% (personal limit, version 1).
       rule copd.spo2.below_target v1
       limit target_low 87% (personal limit, version 1, siri.lege)
       reading pulse 72 per minute, 2026-03-02 09:12 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:12 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
     2026-03-02 09:12  Saturation far below the personal baseline: fired (red)
       Oxygen saturation 86% is 6 percentage points below the personal baseline of 92% (6 percentage points or more, default limit for COPD).
       rule copd.spo2.drop_large v1
       limit drop 6 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 09:12 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:12 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
     2026-03-02 09:12  Saturation clearly below the personal baseline: fired (yellow)
       Oxygen saturation 86% is 6 percentage points below the personal baseline of 92% (3 percentage points or more, default limit for COPD).
       rule copd.spo2.drop v1
       limit drop 3 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 09:12 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:12 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       covered by a graver rule on the same reading: copd.spo2.below_target, copd.spo2.drop_large
       kept quiet until 2026-03-02 19:00 by siri.lege: kjent
     2026-03-02 09:30  Saturation below the patient's own lower target: fired (red)
       Oxygen saturation 85% is below 87% (personal limit, version 1).
       rule copd.spo2.below_target v1
       limit target_low 87% (personal limit, version 1, siri.lege)
       reading pulse 72 per minute, 2026-03-02 09:30 (OX-1) [m:…]
       reading oxygen saturation 85%, 2026-03-02 09:30 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
     2026-03-02 09:30  Saturation far below the personal baseline: fired (red)
       Oxygen saturation 85% is 7 percentage points below the personal baseline of 92% (6 percentage points or more, default limit for COPD).
       rule copd.spo2.drop_large v1
       limit drop 6 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 09:30 (OX-1) [m:…]
       reading oxygen saturation 85%, 2026-03-02 09:30 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
     2026-03-02 09:30  Saturation clearly below the personal baseline: fired (yellow)
       Oxygen saturation 85% is 7 percentage points below the personal baseline of 92% (3 percentage points or more, default limit for COPD).
       rule copd.spo2.drop v1
       limit drop 3 percentage points (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 09:30 (OX-1) [m:…]
       reading oxygen saturation 85%, 2026-03-02 09:30 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       covered by a graver rule on the same reading: copd.spo2.below_target, copd.spo2.drop_large
       kept quiet until 2026-03-02 19:00 by siri.lege: kjent

   Judged, did not fire
     2026-03-02 09:01  Combined saturation fall and pulse rise while symptoms are worse: could not be judged (info)
       Cannot be judged: answers about symptoms the same day are missing (Combined saturation fall and pulse rise while symptoms are worse).
       rule copd.oximetry_score v1
       limit score 1 SD (the rule's default, version 1)
       reading pulse 72 per minute, 2026-03-02 09:01 (OX-1) [m:…]
       reading oxygen saturation 86%, 2026-03-02 09:01 (OX-1) [m:…]
       oxygen saturation: personal baseline 92%, usual spread 1%
       pulse: personal baseline 72 per minute, usual spread 5 per minute"
  `);
});

test('the parts of it', async () => {
  const { findings, whyOwner, owner } = await told('en');
  expect(owner).toBe('Follow-up');
  expect(whyOwner.length).toBeGreaterThan(0);
  const below = findings.find(({ ruleId }) => ruleId === 'copd.spo2.below_target');
  expect(below).toMatchObject({ ruleVersion: 1, limits: [{ parameter: 'target_low', value: 87, source: 'personal', owner: 'siri.lege' }] });
  const spo2 = below?.readings.find(({ metric }) => metric === 'spo2');
  expect(spo2).toMatchObject({ unit: '%', device: home.device, quality: 'good' });
  expect(below?.baselines).toMatchObject([{ metric: 'spo2', value: 92, spread: 1 }]);
});
