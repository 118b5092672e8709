import { hasFired, SEVERITIES } from '@varde/rules';
import type { EpisodeStory } from '@varde/store';

/** JSON of a stored shape: times are text. */
type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

/** What is told of an episode here. */
export type ToldStory = Json<Pick<EpisodeStory, 'episode' | 'ownerUnit' | 'findings' | 'steps' | 'notices'>>;

/** So many findings and messages of an episode, and steps of its history, are told: the terminal is not a worklist. */
const TOLD_MAX = 3;
const STEPS_MAX = 4;

/**
 * What a nurse's screen would show of one episode, as lines of text: the gravest findings first, the newest of those as grave; and what came of
 * them, last.
 */
export function tellEpisode(story: ToldStory): string[] {
  const { episode, steps, notices } = story;
  const findings = gravestFirst(story.findings.filter(({ result }) => hasFired(result)));
  // A finding is told with its values above, and would fill the history.
  const history = steps.filter(({ kind }) => kind !== 'finding');
  const clock = (at: string): string => new Date(at).toLocaleTimeString('nb-NO', { timeZone: 'Europe/Oslo' });
  return [
    `Episode ${episode.id} of patient ${episode.patientId}: ${episode.severity}, ${episode.domains.join(' and ')}`,
    ...findings
      .slice(0, TOLD_MAX)
      .flatMap((finding) => [
        ...(finding.readingIds.length > 0
          ? [`  reading  ${clock(finding.at)} received ${clock(finding.receivedAt)} (measurement ${finding.readingIds.join(', ')})`]
          : []),
        `  finding  ${finding.reason.nb}`,
        `           ${finding.reason.en} [${finding.ruleId} version ${finding.ruleVersion}]`,
      ]),
    `  owner    ${story.ownerUnit}`,
    ...history.slice(-STEPS_MAX).map((step) => `  history  ${clock(step.at)} ${step.kind}: ${step.reason.en}`),
    ...notices
      .slice(-TOLD_MAX)
      .map((notice) => `  notice   ${notice.channel} to ${notice.unit}: ${notice.sentAt ? `sent ${clock(notice.sentAt)}` : 'queued'}`),
  ];
}

function gravestFirst(findings: ToldStory['findings']): ToldStory['findings'] {
  const rank = ({ severity }: ToldStory['findings'][number]): number => SEVERITIES.indexOf(severity);
  return [...findings].sort((a, b) => rank(b) - rank(a) || Date.parse(b.at) - Date.parse(a.at));
}

/** A signed-in person at the API, as a program. */
export interface Desk {
  /** Changes of the worklist as they happen; ends when the signal says so or the service goes away. */
  follow(onEpisode: (episodeId: number, kind: string) => Promise<void>, signal: AbortSignal): Promise<void>;
  readStory(episodeId: number): Promise<Json<EpisodeStory>>;
}

/** Signs in. Throws when the API does not answer 2xx. */
export async function signIn(apiUrl: string, username: string, password: string): Promise<Desk> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${apiUrl}/api/session`, { method: 'POST', headers, body: JSON.stringify({ username, password }) });
  if (!answer.ok) throw new Error(`signing in was answered ${answer.status}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  return {
    readStory: async (episodeId) => {
      const story = await fetch(`${apiUrl}/api/episodes/${episodeId}`, { headers: { cookie } });
      if (!story.ok) throw new Error(`episode ${episodeId} was answered ${story.status}`);
      return (await story.json()) as Json<EpisodeStory>;
    },
    follow: async (onEpisode, signal) => {
      const stream = await fetch(`${apiUrl}/api/stream`, { headers: { cookie, accept: 'text/event-stream' }, signal });
      if (!stream.ok || !stream.body) throw new Error(`the stream was answered ${stream.status}`);
      let rest = '';
      for await (const chunk of stream.body.pipeThrough(new TextDecoderStream())) {
        const parts = (rest + chunk).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) await tellPart(part, onEpisode);
      }
    },
  };
}

async function tellPart(part: string, onEpisode: (episodeId: number, kind: string) => Promise<void>): Promise<void> {
  const data = /^data: ?(.*)$/m.exec(part)?.[1];
  if (!data) return;
  const { episodeId, kind } = JSON.parse(data) as { episodeId?: number | null; kind?: string };
  if (episodeId) await onEpisode(episodeId, kind ?? '');
}
