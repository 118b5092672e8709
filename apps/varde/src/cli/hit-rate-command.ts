import { ALERT_BUDGET } from '@varde/alerts';
import { HIT_RATE_BY, readHitRate } from '@varde/store';
import type { Command } from './command.js';
import { everyUnit } from './limit-commands.js';
import { formatTable } from './printed.js';

const DAY_MS = 86_400_000;

const percent = (share: number | null): string => (share === null ? '-' : `${Math.round(share * 1000) / 10} %`);
const rate = (number: number): string => String(Math.round(number * 100) / 100);

/** How often alerts were worth a person's time. */
export const HIT_RATE: Command = {
  words: ['hit-rate'],
  args: '[--by rule|patient|unit] [--days <n>]',
  summary: 'Tell how often closed episodes were true, by rule, patient or unit, beside the alert budget',
  takes: [0, 0],
  options: {
    by: { type: 'string', value: 'rule|patient|unit', meaning: 'what episodes are counted by; default rule' },
    days: { type: 'string', value: '<n>', meaning: 'closed in the last so many days; default 28' },
  },
  run: async (typed, { manager, terminal }) => {
    const to = terminal.now();
    const by = typed.oneOf('by', HIT_RATE_BY) ?? 'rule';
    const from = new Date(to.getTime() - typed.days(28) * DAY_MS);
    const { lines, load } = await readHitRate(manager, await everyUnit(manager), { by, from, to, limit: 10_000 });
    const rows = lines.map((line) => [
      line.key,
      line.episodes,
      line.hits,
      line.misses,
      line.settled,
      line.technical,
      percent(line.share),
      line.minutesMedian,
    ]);
    // Patients without names, as in the list of patients.
    const data = lines.map(({ name, ...line }) => (by === 'patient' ? line : { ...line, name }));
    const head = [by.toUpperCase(), 'EPISODES', 'TRUE', 'FALSE', 'SETTLED', 'TECHNICAL', 'SHARE TRUE', 'MINUTES'];
    return {
      lines: [
        ...formatTable(head, rows),
        `${load.patients} patients; budget in brackets`,
        `yellow per patient-week: median ${rate(load.yellowPerPatientWeekMedian)} (${ALERT_BUDGET.yellowPerPatientWeekMedian}), ` +
          `95th percentile ${rate(load.yellowPerPatientWeekP95)} (${ALERT_BUDGET.yellowPerPatientWeekP95})`,
        `red per patient-week: mean ${rate(load.redPerPatientWeekMean)} (${ALERT_BUDGET.redPerPatientWeekMean}); ` +
          `with action: ${percent(load.shareOfRedWithAction)} (${percent(ALERT_BUDGET.shareOfRedWithAction)})`,
      ],
      data: { lines: data, load, budget: ALERT_BUDGET },
    };
  },
};
