import { tellEpisode, type ToldStory } from './follow.js';

const at = (minute: number): string => `2026-03-02T08:${String(minute).padStart(2, '0')}:00.000Z`;

function finding(ruleId: string, given: Partial<ToldStory['findings'][number]>): ToldStory['findings'][number] {
  const words = { nb: `funn ${ruleId}`, en: `finding ${ruleId}` };
  const times = { at: at(1), receivedAt: at(2), judgedAt: at(2) };
  const rest = { ruleVersion: 1, readingIds: [7], limits: [], reason: words, cause: null };
  return { ruleId, domain: 'respiratory', result: 'fire', severity: 'yellow', ...times, ...rest, ...given };
}

const step = (kind: ToldStory['steps'][number]['kind'], en: string): ToldStory['steps'][number] => ({
  ...{ at: at(2), kind, byPersonId: null, by: null, reason: { nb: en, en } },
});

function storyOf(given: Partial<ToldStory>): ToldStory {
  const episode = { id: 5, patientId: 1, severity: 'critical', domains: ['respiratory'] } as unknown as ToldStory['episode'];
  return { episode, ownerUnit: 'Fjordvik', findings: [], steps: [], notices: [], ...given };
}

const linesOf = (story: ToldStory, word: string): string[] => tellEpisode(story).filter((line) => line.startsWith(`  ${word}`));

test('what makes an episode grave stands first, however many milder findings one look has brought after it; then the newest', () => {
  const milder = [1, 2, 3, 4].map((minute) => finding(`mild-${minute}`, { at: at(minute) }));
  const findings = [finding('grave', { severity: 'critical' }), ...milder, finding('waits', { severity: 'red', result: 'pending' })];
  expect(linesOf(storyOf({ findings }), 'finding')).toEqual(['grave', 'mild-4', 'mild-3'].map((rule) => `  finding  funn ${rule}`));
});

test('the history tells what came of the findings, which stand above', () => {
  const found = [1, 2, 3, 4].map((minute) => step('finding', `found ${minute}`));
  const steps = [step('opened', 'opened'), ...found, step('escalated', 'the owner is told'), step('told_patient', 'the patient is told')];
  expect(linesOf(storyOf({ steps }), 'history').map((line) => line.replace(/.*: /, ''))).toEqual([
    'opened',
    'the owner is told',
    'the patient is told',
  ]);
});
