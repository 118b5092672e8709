import type { Episode } from '@varde/alerts';
import type { LookOutcome } from './input-and-outcome.js';
import { clears, fires, graded, hours, Story } from '../../../test/look-story.js';

/*
 * What somebody is to do because of a ladder (`escalation_ladder`, `routing_default`). It begins on Thursday at 08:00; the units of the story
 * that have no night are there from 08:00 to 16:00 on every day of the week.
 */

const kept = ({ outcomes }: Story): string[] =>
  outcomes.flatMap(({ episodes }) => episodes.flatMap(({ tasks = [] }) => tasks.map(({ key }) => key)));
const wanted = ({ outcomes }: Story): LookOutcome['tasks'] => outcomes.at(-1)?.tasks ?? null;
/** Rules are asked at every look, so that the tasks are known. */
const ASKED = { tasks: [] };
const acknowledge = (n: number) => ({
  kind: 'acknowledge' as const,
  zone: 'Europe/Oslo',
  at: hours(n),
  byPersonId: 7,
  endsAt: hours(n + 200),
});

describe('a red episode that nobody takes', () => {
  const red = () => new Story().look(hours(1), fires(graded(hours(1), { severity: 'red' })));

  test('is a task of the team lead after an hour, and an incident to record after two; each once', () => {
    const story = red().wait(hours(1.9));
    expect(kept(story)).toEqual([]);
    // Two units are told, and there is one task.
    expect(kept(story.wait(hours(2)))).toEqual(['ladder-lead:1/0']);
    expect(kept(story.wait(hours(2.9)))).toEqual(['ladder-lead:1/0']);
    expect(kept(story.wait(hours(3))).at(-1)).toBe('incident-record:1/0');
    const [task] = story.outcomes.flatMap(({ episodes }) => episodes.flatMap(({ tasks = [] }) => tasks)).slice(-1);
    expect(task).toMatchObject({ forRole: 'team_lead', reason: { nb: expect.stringContaining('skriv avvik') } });
  });

  test('is none when somebody has it in time', () => {
    expect(kept(red().person(acknowledge(1.5)).wait(hours(9)))).toEqual([]);
  });
});

describe('a yellow episode that is not settled', () => {
  const yellow = () => new Story().look(hours(1), fires(graded(hours(1))));
  /** The end of the second service day, Saturday at 16:00. */
  const END = 56;
  const openedBefore = (story: Story): Episode | undefined => story.episodes[0];

  test('is a task of the team lead at the end of the next service day, and told to the GP at the end of the second', () => {
    const story = yellow().wait(hours(END - 1));
    expect(kept(story)).toEqual(['ladder-lead:1/0']);
    const sent = story.outcomes.length;
    story.wait(hours(END));
    expect(
      story.outcomes.slice(sent).flatMap(({ episodes }) => episodes.flatMap(({ notices }) => notices.map(({ unitId }) => unitId))),
    ).toEqual([2]);
  });

  test('that a person has is a task of the GP then, for as long as it stands', () => {
    const story = yellow().person(acknowledge(2)).look(hours(3), ASKED);
    expect(wanted(story)).toEqual([]);
    expect(story.outcomes.at(-1)?.nextLookAt).toEqual(hours(END));
    story.look(hours(END), ASKED);
    expect(openedBefore(story)?.acknowledgedByPersonId).toBe(7);
    expect(wanted(story)).toMatchObject([{ key: 'not-settled:1', forRole: 'physician', dueAt: hours(END) }]);
    story.look(hours(END + 1), { ...ASKED, ...clears(hours(END + 1)) });
    expect(wanted(story)).toEqual([]);
  });
});
