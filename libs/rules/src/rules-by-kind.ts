import type { Catalogue, OtherTrigger, Rule } from './catalogue.js';

type Kind = OtherTrigger['kind'];
const BY_KINDS = new WeakMap<readonly Kind[], WeakMap<Pick<Catalogue, 'rules'>, readonly Rule[]>>();

/**
 * The rules of a catalogue that are fired by these kinds of trigger, in its order: found once, so that a look does not go through all rules
 * for each of them.
 * @param kinds always the same list for the same question
 */
export function rulesOfKinds(catalogue: Pick<Catalogue, 'rules'>, kinds: readonly Kind[]): readonly Rule[] {
  let byCatalogue = BY_KINDS.get(kinds);
  if (byCatalogue === undefined) BY_KINDS.set(kinds, (byCatalogue = new WeakMap()));
  let rules = byCatalogue.get(catalogue);
  if (rules === undefined) {
    const wanted: ReadonlySet<string> = new Set(kinds);
    byCatalogue.set(catalogue, (rules = catalogue.rules.filter(({ trigger }) => wanted.has(trigger.kind))));
  }
  return rules;
}
