import type { AdviceKind } from '@varde/look';
import { SEVERITIES, type Severity } from '@varde/rules';
import { OUTCOMES } from '@varde/store';
import { isMetric, type Metric } from '@varde/vitals';
import { ADVICE_KINDS } from '@varde/wire';
import type { Place } from './place.js';
import type { Keys } from './read-community.js';
import { STORY_ACTS, type Chapter, type StoryAct, type StoryExpectation, type StoryLine, type StoryReading } from './story.js';

const CLOCK = /^(\+\d{1,2} )?([01]\d|2[0-3]):[0-5]\d$/;

/** What a home is told, and what it is asked a day later. */
const ADVISED = [...ADVICE_KINDS, 'did_it_help', 'warning_signs', 'whose_weight'] as const satisfies readonly AdviceKind[];
const STATES = ['waiting', 'acknowledged', 'closed'] as const;

/** `story.json`: what happens to whom, and how it must go. */
export function readStoryFile(file: Place, keys: Keys): Chapter[] {
  return file
    .only('chapters')
    .at('chapters')
    .some((chapter) => ({
      title: chapter.only('title', 'patient', 'day', 'absent', 'lines').at('title').text(),
      patient: chapter.at('patient').keyOf(keys.patients, 'patient'),
      day: chapter.at('day').day(),
      absent: chapter.at('absent').or([], (absent) => absent.list((unit) => unit.keyOf(keys.units, 'unit'))),
      lines: readLines(chapter.at('lines'), keys),
    }));
}

function readLines(place: Place, keys: Keys): StoryLine[] {
  let before = '';
  return place.some((line) => {
    const read = readLine(line, keys);
    if (sortable(read.at) < before) line.at('at').fault('comes before the line above it');
    before = sortable(read.at);
    return read;
  });
}

/** Days first, for comparing two clocks of one chapter as text. */
function sortable(clock: string): string {
  return clock.startsWith('+') ? clock.slice(1).padStart(8, '0') : `00 ${clock}`;
}

function readLine(line: Place, keys: Keys): StoryLine {
  const at = line.at('at').text();
  if (at !== '' && !CLOCK.test(at)) line.at('at').fault('must look like 10:00, or +1 10:00 on the day after');
  if (line.has('measures')) return readMeasures(line, at);
  return line.has('does') ? readAct(line, at, keys) : readExpectation(line, at, keys);
}

function readMeasures(line: Place, at: string): StoryReading {
  const values = line
    .only('at', 'measures')
    .at('measures')
    .entries((value, name) => {
      if (!isMetric(name)) value.fault('is nothing that is measured');
      return value.number();
    });
  return { kind: 'measures', at, values: values.map(([metric, value]) => ({ metric: metric as Metric, value })) };
}

function readAct(line: Place, at: string, keys: Keys): StoryAct {
  line.only('at', 'by', 'does', 'to', 'says', 'outcome', 'informed', 'refused');
  return {
    kind: 'act',
    at,
    by: line.at('by').keyOf(keys.people, 'person'),
    does: line.at('does').oneOf(STORY_ACTS),
    to: line.at('to').or<string | null>(null, (unit) => unit.keyOf(keys.units, 'unit')),
    says: line.at('says').or('', (says) => says.text()),
    outcome: line.at('outcome').or<StoryAct['outcome']>(null, (outcome) => outcome.oneOf(OUTCOMES)),
    informed: line.at('informed').or([], (units) => units.list((unit) => unit.keyOf(keys.units, 'unit'))),
    refused: line.at('refused').or<string | null>(null, (name) => name.text()),
  };
}

function readExpectation(line: Place, at: string, keys: Keys): StoryExpectation {
  line.only('at', 'owner', 'severity', 'state', 'told', 'advised', 'adviceSays', 'offeredTo', 'seenBy');
  if (!line.has('owner')) line.at('owner').fault('is missing: every expectation says who owns');
  const unitOrNull = (place: Place): string | null => place.or<string | null>(null, (unit) => unit.keyOf(keys.units, 'unit'));
  return {
    kind: 'expect',
    at,
    owner: unitOrNull(line.at('owner')),
    severity: line.at('severity').or<Severity | null>(null, (severity) => severity.oneOf(SEVERITIES)),
    state: line.at('state').or<StoryExpectation['state']>(null, (state) => state.oneOf(STATES)),
    told: line.at('told').or<string[] | null>(null, (told) => told.list((notice) => readNotice(notice, keys))),
    advised: line.at('advised').or<string[] | null>(null, (advised) => advised.list((kind) => kind.oneOf(ADVISED))),
    adviceSays: line.at('adviceSays').or<string | null>(null, (says) => says.text()),
    offeredTo: line.has('offeredTo') ? unitOrNull(line.at('offeredTo')) : undefined,
    seenBy: line.at('seenBy').or<string[] | null>(null, (people) => people.list((person) => person.keyOf(keys.people, 'person'))),
  };
}

/** `cause unit`. */
function readNotice(place: Place, keys: Keys): string {
  const text = place.text();
  const [, unit = ''] = text.split(' ');
  if (text !== '' && !keys.units.has(unit)) place.fault(`must be a cause and a unit, such as opened dho; there is no unit ${unit}`);
  return text;
}
