import { LIFTED_DOUBT, saidOfWeights, weightSaidOf, type AnswerSet, type RuleReading } from '@varde/rules';

/** Weights whose counting hangs on an answer, with what was answered: which count changes as answers arrive, in whatever order they do. */
export class OwnWeights {
  private readonly weights = new Map<number, RuleReading>();
  private readonly answers = new Map<number, AnswerSet[]>();

  /** A weight has arrived; answers whether it counts. */
  take(weight: RuleReading): boolean {
    this.weights.set(weight.measurementId, weight);
    return this.counts(weight);
  }

  /** An answer has arrived. Answers the weight it makes count that did not, or not count that did; null when it changes nothing. */
  answer(set: AnswerSet): { readonly weight: RuleReading; readonly counts: boolean } | null {
    const about = weightSaidOf(set);
    if (about === null) return null;
    const weight = this.weights.get(about);
    const before = weight !== undefined && this.counts(weight);
    this.answers.set(about, [...(this.answers.get(about) ?? []), set]);
    if (weight === undefined || this.counts(weight) === before) return null;
    return { weight, counts: !before };
  }

  /** When the weight was measured that an answer is about; null: it is about none that has arrived. */
  weighedAt(set: AnswerSet): Date | null {
    return this.weights.get(weightSaidOf(set) ?? Number.NaN)?.observedAt ?? null;
  }

  private counts({ measurementId, doubt }: RuleReading): boolean {
    const said = saidOfWeights(this.answers.get(measurementId) ?? []).get(measurementId);
    return said === undefined ? doubt === null : said.isMine && (doubt === null || doubt === LIFTED_DOUBT);
  }
}
