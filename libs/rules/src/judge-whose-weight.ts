import { valueOf, type Act } from './act.js';
import { anchorOfAct } from './anchor.js';
import type { Rule } from './catalogue.js';
import type { Words } from './finding.js';
import { plainFinding, runsAt, standingSinceMs, type Judging } from './judging.js';
import { slotOf } from './measure.js';
import { tellOwn } from './reason.js';
import type { SaidOfWeight } from './whose-weight.js';
import { join, valueWords } from './words.js';

const NOT_THEIRS: Words = {
  nb: 'Vekten er ikke pasientens, er det svart.',
  en: "The weight is not the patient's, it was answered.",
};

interface Answered {
  readonly act: Act;
  readonly said: SaidOfWeight;
}

/**
 * What follows from the answer to who stood on the scale (`gen.tech.other_person`), beside what the rules about weights make of it: of a weight
 * that is the patient's the doubt is over, and says so; what waited for one that is not is settled, and what stood by it alone is clear.
 */
export function judgeWhoseWeight(judging: Judging): void {
  const { input, scene } = judging;
  const own = (scene.acts.bySlot[slotOf('weight')] ?? []).flatMap(answered);
  const others = scene.acts.leftOut.flatMap(answered);
  if (own.length + others.length === 0) return;
  const rule = input.catalogue.rules.find(({ trigger }) => trigger.kind === 'jump');
  for (const each of own) if (rule !== undefined) endDoubt(rule, each, judging);
  for (const each of others) leaveOut(each, judging);
}

const answered = (act: Act): readonly Answered[] => (act.said === null ? [] : [{ act, said: act.said }]);

/** Later than the weight, whatever the clock of the tablet says: what fired on it is only cleared by something after it. */
const clearedAt = (said: SaidOfWeight, firedMs: number): Date => new Date(Math.max(said.at.getTime(), firedMs + 1));

function endDoubt(rule: Rule, { act, said }: Answered, judging: Judging): void {
  const { input, scene, recorded } = judging;
  const anchor = anchorOfAct(act.id);
  const ofRule = recorded.get(rule.id);
  if (ofRule?.fired(anchor) !== true || !runsAt(rule, input.plan, act.atMs)) return;
  const value = valueWords('weight', valueOf(act, slotOf('weight')));
  if (!ofRule.has(anchor, 'not_confirmed')) {
    const reason = join([
      { nb: `Vekt ${value.nb} er pasientens egen.`, en: `Weight ${value.en} is the patient's own.` },
      tellOwn(said, act),
    ]);
    const about = { anchor, at: act.at, receivedAt: said.receivedAt, readingIds: [act.id, said.answerId] };
    judging.findings.push(plainFinding(rule, input.plan, { ...about, result: 'not_confirmed', reason }));
  }
  const sinceMs = standingSinceMs(rule, input);
  const isOver = scene.acts.leftOut.length === 0 && ![...scene.heldBack.values()].includes('person');
  const place = judging.standing.findIndex(({ ruleId }) => ruleId === rule.id);
  if (!isOver || place < 0 || sinceMs === null || sinceMs < act.atMs) return;
  judging.standing.splice(place, 1);
  judging.cleared.push({ ruleId: rule.id, at: clearedAt(said, sinceMs), note: tellOwn(said, act) });
}

function leaveOut({ act, said }: Answered, judging: Judging): void {
  const { input, recorded, standing } = judging;
  const anchor = anchorOfAct(act.id);
  for (const rule of input.catalogue.rules) {
    if (rule.domain === 'technical') continue;
    const ofRule = recorded.get(rule.id);
    if (ofRule?.has(anchor, 'pending') === true && !ofRule.fired(anchor) && !ofRule.has(anchor, 'not_confirmed')) {
      const about = { anchor, at: act.at, receivedAt: said.receivedAt, readingIds: [act.id, said.answerId] };
      judging.findings.push(plainFinding(rule, input.plan, { ...about, result: 'not_confirmed', reason: NOT_THEIRS }));
    }
    const stoodByIt = standingSinceMs(rule, input) === act.atMs && ofRule?.fired(anchor) === true;
    if (stoodByIt && !standing.some(({ ruleId }) => ruleId === rule.id)) {
      judging.cleared.push({ ruleId: rule.id, at: clearedAt(said, act.atMs), note: NOT_THEIRS });
    }
  }
}
