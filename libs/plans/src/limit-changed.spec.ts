import { limitChangedWords, limitEndedWords, treatmentLimitsChangedWords, treatmentLimitsEndedWords } from './limit-changed.js';

const at = (text: string): Date => new Date(`2026-11-${text}:00+01:00`);
const CHANGED = {
  ...{ ruleId: 'dm.glucose.level1', parameter: 'limit', before: 3.9, value: 4.2, reason: 'living alone', validFrom: null, validTo: null },
};

test('what has become of a limit: who, from what to what, until when and why', () => {
  expect(limitChangedWords(CHANGED, { setBy: 'Pia', approvedBy: null }, 'Europe/Oslo')).toEqual({
    nb: 'Grensen dm.glucose.level1/limit er endret fra 3,9 til 4,2 av Pia, inntil videre. Begrunnelse: living alone',
    en: 'The limit dm.glucose.level1/limit was changed from 3.9 to 4.2 by Pia, until further notice. Reason: living alone',
  });
  const later = { ...CHANGED, before: null, validFrom: at('24T08:00'), validTo: at('30T08:00') };
  expect(limitChangedWords(later, { setBy: 'Pia', approvedBy: 'Per' }, 'Europe/Oslo')).toEqual({
    nb: 'Grensen dm.glucose.level1/limit er endret fra standardgrensen til 4,2 av Pia, godkjent av Per, fra tirsdag 24. november 2026 kl. 08.00 til mandag 30. november 2026 kl. 08.00. Begrunnelse: living alone',
    en: 'The limit dm.glucose.level1/limit was changed from the default to 4.2 by Pia, approved by Per, from Tuesday 24 November 2026 at 08:00 until Monday 30 November 2026 at 08:00. Reason: living alone',
  });
});

test('that a limit has been ended, and what applies instead', () => {
  expect(limitEndedWords({ ...CHANGED, left: null }, { setBy: null, approvedBy: null })).toEqual({
    nb: 'Grensen dm.glucose.level1/limit (3,9) er avsluttet av kommandolinjen; nå gjelder standardgrensen',
    en: 'The limit dm.glucose.level1/limit (3.9) was ended by the command line; the default applies now',
  });
});

test('what is decided of treatment limits', () => {
  const limits = {
    ...{
      id: 1,
      fromSeverity: 'critical' as const,
      unitId: 9,
      unitName: 'Palliative team',
      decision: 'No admission.',
      contact: '900 00 000',
    },
    ...{ reason: 'own wish', setByPersonId: 5, setByName: 'Pia', validFrom: at('24T08:00'), validTo: null, reviewBy: at('30T08:00') },
    ...{ endedByPersonId: null, version: 2 },
  };
  expect(treatmentLimitsChangedWords(limits, { setBy: 'Pia', approvedBy: null }, 'Europe/Oslo')).toEqual({
    nb: 'Behandlingsbegrensninger (versjon 2) er bestemt av Pia, fra tirsdag 24. november 2026 kl. 08.00 inntil videre: «No admission.» Det som er akutt, går til Palliative team (900 00 000). Begrunnelse: own wish',
    en: 'Treatment limits (version 2) were decided by Pia, from Tuesday 24 November 2026 at 08:00 until further notice: "No admission." For what is critical: Palliative team (900 00 000). Reason: own wish',
  });
  expect(treatmentLimitsEndedWords(2, { setBy: 'Pia', approvedBy: null }).en).toBe('The treatment limits (version 2) were ended by Pia');
});
