import type { Words } from './finding.js';

const ITEM_WORDS: Readonly<Record<string, Words>> = {
  dyspnoea_worse: { nb: 'mer tungpust', en: 'more breathless' },
  breathlessness_worse: { nb: 'mer tungpust', en: 'more breathless' },
  sputum_more: { nb: 'mer slim', en: 'more sputum' },
  sputum_colour: { nb: 'misfarget slim', en: 'discoloured sputum' },
  cough_worse: { nb: 'mer hoste', en: 'more cough' },
  wheeze_worse: { nb: 'mer pipelyder', en: 'more wheeze' },
  cold_or_sore_throat: { nb: 'forkjølet eller sår hals', en: 'a cold or a sore throat' },
  fever_felt: { nb: 'feberfølelse', en: 'feels feverish' },
  symptoms_worse: { nb: 'lungeplagene er verre', en: 'lung symptoms are worse' },
  breathless_at_rest_severe: { nb: 'svært tungpust i hvile', en: 'very breathless at rest' },
  cannot_finish_sentence: { nb: 'klarer ikke å fullføre en setning', en: 'cannot finish a sentence' },
  new_confusion_or_drowsy: { nb: 'nyoppstått forvirring eller døsighet', en: 'newly confused or drowsy' },
  blue_lips: { nb: 'blå lepper', en: 'blue lips' },
  chest_pain: { nb: 'brystsmerter', en: 'chest pain' },
  fainted: { nb: 'besvimt', en: 'fainted' },
  swelling_worse: { nb: 'mer hevelse', en: 'more swelling' },
  lightheaded: { nb: 'svimmel', en: 'light-headed' },
  woke_breathless: { nb: 'våknet tungpusten', en: 'woke breathless' },
  slept_propped_up: { nb: 'sov sittende', en: 'slept propped up' },
  much_worse: { nb: 'mye verre', en: 'much worse' },
  back_pain_sudden: { nb: 'plutselige ryggsmerter', en: 'sudden back pain' },
  numb_or_weak: { nb: 'nummen eller svak', en: 'numb or weak' },
  vision_change: { nb: 'synsforstyrrelse', en: 'change of vision' },
  speech_trouble: { nb: 'talevansker', en: 'trouble speaking' },
  severe_headache: { nb: 'sterk hodepine', en: 'severe headache' },
  vomiting: { nb: 'oppkast', en: 'vomiting' },
  new_confusion: { nb: 'nyoppstått forvirring', en: 'newly confused' },
  fall: { nb: 'har falt', en: 'has fallen' },
  head_injury: { nb: 'slått hodet', en: 'hit the head' },
  cannot_stand: { nb: 'kan ikke stå', en: 'cannot stand' },
  on_anticoagulant_fall: { nb: 'bruker blodfortynnende', en: 'takes a blood thinner' },
  not_eating_or_drinking: { nb: 'spiser eller drikker ikke', en: 'does not eat or drink' },
  not_out_of_bed: { nb: 'ikke ute av sengen', en: 'has not been out of bed' },
  contact_request: { nb: 'ber om kontakt', en: 'asks to be contacted' },
};

/** What a yes to a question means, as it stands in a sentence; an item without words of its own is given by its code. */
export function itemWords(item: string): Words {
  return ITEM_WORDS[item] ?? { nb: item, en: item };
}

/** Items that have words. */
export const WORDED_ITEMS: readonly string[] = Object.keys(ITEM_WORDS);
