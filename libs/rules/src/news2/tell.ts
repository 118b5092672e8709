import { METRICS } from '@varde/vitals';
import type { Words } from '../finding.js';
import { doubtWords, join, valueWords } from '../words.js';
import type { News2Chart, News2Class, News2Part } from './chart.js';
import type { News2Result, News2Scored, News2ScoredPart } from './score.js';

/** Name of a part in a sentence. */
export function partWords(part: News2Part): Words {
  if (part === 'oxygen') return { nb: 'luft eller oksygen', en: 'air or oxygen' };
  if (part === 'consciousness') return { nb: 'bevissthet', en: 'consciousness' };
  const { nb, en } = METRICS[part];
  return { nb, en };
}

/** The value of a scored part as people read it, such as `92 %` or `oksygen`. */
export function partValueWords({ part, value }: Pick<News2ScoredPart, 'part' | 'value'>): Words {
  if (part === 'oxygen') return value === true ? { nb: 'oksygen', en: 'oxygen' } : { nb: 'luft', en: 'air' };
  if (part === 'consciousness') return { nb: String(value), en: String(value) };
  return valueWords(part, Number(value));
}

/** Label of a class, Norwegian as in the openEHR archetype. */
export function classWords(chart: News2Chart, risk: News2Class): Words {
  return chart.classes.find(({ id }) => id === risk)?.label ?? { nb: risk, en: risk };
}

/** A score in one sentence without a full stop: its total and class or its bounds, every part with its points, and what is missing. */
export function tellNews2(chart: News2Chart, result: News2Result): Words {
  if (result.status === 'not-applicable') {
    return result.reason === 'pregnant'
      ? { nb: 'NEWS2 brukes ikke i svangerskap', en: 'NEWS2 is not used in pregnancy' }
      : { nb: `NEWS2 brukes fra ${chart.ageYearsMin} år`, en: `NEWS2 is used from ${chart.ageYearsMin} years of age` };
  }
  if (result.status === 'invalid') {
    const faults = join(
      result.faults.map(({ part, fault }) => join([partWords(part), faultWords(fault)], ': ')),
      ', ',
    );
    return { nb: `NEWS2 kan ikke regnes ut (${faults.nb})`, en: `NEWS2 cannot be scored (${faults.en})` };
  }
  const parts = join(result.parts.map(pointWords), ', ');
  const missing = join(result.missing.map(partWords), ', ');
  const head = headWords(chart, result);
  const known = result.parts.length === 0 ? head : { nb: `${head.nb}: ${parts.nb}`, en: `${head.en}: ${parts.en}` };
  if (result.missing.length === 0) return known;
  return { nb: `${known.nb}; mangler ${missing.nb}`, en: `${known.en}; missing ${missing.en}` };
}

function headWords(chart: News2Chart, { total, lowest, highest, risk, spo2Scale }: News2Scored): Words {
  const scale = spo2Scale === 2 ? { nb: ', SpO2-skala 2', en: ', SpO2 scale 2' } : { nb: '', en: '' };
  const label = risk === null ? null : classWords(chart, risk);
  const named = label === null ? scale : { nb: `, ${label.nb.toLowerCase()}${scale.nb}`, en: `, ${label.en}${scale.en}` };
  if (total !== null) return { nb: `NEWS2 ${total}${named.nb}`, en: `NEWS2 ${total}${named.en}` };
  return {
    nb: `NEWS2 ufullstendig, mellom ${lowest} og ${highest}${named.nb}`,
    en: `NEWS2 incomplete, between ${lowest} and ${highest}${named.en}`,
  };
}

function pointWords(scored: News2ScoredPart): Words {
  const value = partValueWords(scored);
  if (scored.part === 'oxygen') return { nb: `${value.nb} (${scored.points})`, en: `${value.en} (${scored.points})` };
  const name = partWords(scored.part);
  return { nb: `${name.nb} ${value.nb} (${scored.points})`, en: `${name.en} ${value.en} (${scored.points})` };
}

function faultWords(fault: string): Words {
  switch (fault) {
    case 'unknown-code':
      return { nb: 'ukjent kode', en: 'unknown code' };
    case 'conflicting-readings':
      return { nb: 'to målinger på samme tid spriker', en: 'two readings at one time disagree' };
    case 'no-scale-2-order':
      return { nb: 'skala 2 er ikke besluttet av lege', en: 'no clinician has decided on scale 2' };
    default:
      return doubtWords(fault);
  }
}
