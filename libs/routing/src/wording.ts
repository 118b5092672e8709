import type { Words } from '@varde/rules';
import type { CareLevel } from './unit.js';

/** Care levels as people say them (`care_levels` of the catalogue). */
export const LEVEL_WORDS: Readonly<Record<CareLevel, Words>> = {
  patient: { nb: 'pasient', en: 'patient' },
  dho: { nb: 'kommunal oppfølgingstjeneste', en: 'municipal follow-up' },
  home_nursing: { nb: 'hjemmesykepleie', en: 'home nursing' },
  gp: { nb: 'fastlege', en: 'GP' },
  psht: { nb: 'pasientsentrert team', en: 'patient-centred team' },
  legevakt: { nb: 'legevakt 116117', en: 'legevakt 116117' },
  hospital_outpatient: { nb: 'sykehusets poliklinikk', en: 'hospital outpatient clinic' },
  amk: { nb: 'AMK 113', en: 'AMK 113' },
};

/** The level of whoever holds the responsibility for the treatment. */
export const RESPONSIBLE_WORDS: Words = { nb: 'behandlingsansvarlig', en: 'responsible for the treatment' };

/** What the steps of the catalogue's `escalation_ladder` are called in Norwegian; a pathway's own names are shown as written. */
const STEP_NB: Readonly<Record<string, string>> = {
  worklist: 'arbeidslisten',
  'team reminder': 'påminnelse til teamet',
  'team lead': 'teamleder',
  'gp by message': 'melding til fastlegen',
  'dho on duty': 'oppfølgingstjenesten på vakt',
  'all dho staff on duty': 'alle i oppfølgingstjenesten på vakt',
  'team lead and responsible clinician': 'teamleder og ansvarlig behandler',
  'incident record, legevakt by phone': 'avvik skrives, legevakt på telefon',
  'patient text and dho on duty': 'melding til pasienten og oppfølgingstjenesten på vakt',
  'second person or team lead': 'en person til eller teamleder',
  'on-call clinician': 'vakthavende behandler',
  'patient not reached: call 113 / local procedure for home visit': 'pasienten ikke nådd: ring 113 / lokal rutine for hjemmebesøk',
};

/** One step of a ladder, `number` of `total`. */
export const stepName = (to: string, number: number, total: number): Words => ({
  nb: `Trinn ${number} av ${total}, ${STEP_NB[to] ?? to}`,
  en: `Step ${number} of ${total}, ${to}`,
});
