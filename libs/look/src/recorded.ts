import { findingKey, type Catalogue, type RecordedFinding } from '@varde/rules';
import { SILENCES_READ } from './window-bounds.js';

/** Findings recorded so far, kept by time so that a look is given those of its window, and the newest of silence however old. */
export class Recorded {
  private readonly byTime: RecordedFinding[] = [];
  private readonly silences = new Map<string, RecordedFinding[]>();
  private readonly known = new Set<string>();
  private kept: { readonly first: number; readonly list: readonly RecordedFinding[] } | null = null;

  constructor({ rules }: Pick<Catalogue, 'rules'>, before: readonly RecordedFinding[]) {
    for (const { id, domain } of rules) if (domain === 'silence') this.silences.set(id, []);
    for (const finding of before) this.add(finding);
  }

  /** Adds a finding; one that is there already is left alone, as in the store. */
  add(finding: RecordedFinding): void {
    const key = findingKey(finding);
    if (this.known.has(key)) return;
    this.known.add(key);
    this.kept = null;
    const place = this.placeOf(finding.at.getTime() + 1);
    this.byTime.splice(place, 0, finding);
    const silences = this.silences.get(finding.ruleId);
    if (silences === undefined) return;
    silences.push(finding);
    // Newest first; their anchors sort by time.
    silences.sort((a, b) => (a.anchor < b.anchor ? 1 : -1));
  }

  /** What a look is told of (`recordedFromMs`). */
  from(fromMs: number): readonly RecordedFinding[] {
    const first = this.placeOf(fromMs);
    if (this.kept?.first === first) return this.kept.list;
    const list = this.byTime.slice(first);
    for (const silences of this.silences.values()) {
      let count = 0;
      for (const finding of silences) {
        if (finding.at.getTime() >= fromMs) continue;
        if (count++ === SILENCES_READ) break;
        list.push(finding);
      }
    }
    this.kept = { first, list };
    return list;
  }

  /** Place of the first finding not before `ms`. */
  private placeOf(ms: number): number {
    let [low, high] = [0, this.byTime.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.byTime[middle]?.at.getTime() ?? 0) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
