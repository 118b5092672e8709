import { classWords, partValueWords, partWords, tellNews2, type LatestNews2, type News2Chart } from '@varde/rules';
import type { News2Dto } from './news2.dto.js';

/** The latest score as the API shows it. */
export function news2View(chart: News2Chart, { at, result, parts }: LatestNews2): News2Dto {
  const scored = result.status === 'complete' || result.status === 'incomplete' ? result : null;
  return {
    at,
    status: result.status,
    words: tellNews2(chart, result),
    total: scored?.total ?? null,
    lowest: scored?.lowest ?? null,
    highest: scored?.highest ?? null,
    risk: scored?.risk ?? null,
    riskLabel: scored?.risk ? classWords(chart, scored.risk) : null,
    possible: scored?.possible ?? [],
    spo2Scale: scored?.spo2Scale ?? null,
    monitoring: scored?.monitoring ?? null,
    parts: parts.map(({ part, scored: own, observedAt, measurementId }) => ({
      part,
      label: partWords(part),
      value: own && partValueWords(own),
      points: own?.points ?? null,
      isRed: scored?.red.includes(part) ?? false,
      observedAt,
      measurementId,
    })),
    acknowledgement: chart.acknowledgement,
  };
}
