import { offsetMsAt } from '@varde/vitals';
import { formatWall, type Advice, type Command, type OutgoingAnswers } from '@varde/wire';
import { worsening, type Person } from '../person/person.js';
import { answerAdvice, answerPlanStep, isHelpedByPlan } from './advice-answers.js';
import { answerDaily, answerPressure, answerWeekly, type Filled, type Followed } from './questionnaire.js';

/** The tablet or telephone of a home, on which the person answers. */
export interface TabletSetup {
  readonly id: string;
  /** What the person is followed up for. */
  readonly followed: readonly Followed[];
}

const DAY_MS = 86_400_000;
/** Somebody who gets this much worse since they last answered answers again the same day. */
const WORSE_AGAIN = 0.25;
/** 1 January 1970 was a Thursday. */
const MONDAY = 4;

/** Fills in the day's questions with the first session of each day, and those of the week on Mondays. */
export class Tablet {
  private answeredOn = Number.NaN;
  private worse = 0;

  constructor(
    private readonly setup: TabletSetup,
    private person: Person,
    private readonly zone: string,
  ) {}

  get id(): string {
    return this.setup.id;
  }

  /** What the person fills in when they measure at this moment: nothing when they have answered that day and are no worse. */
  fillIn(at: Date): OutgoingAnswers[] {
    const wall = at.getTime() + offsetMsAt(this.zone, at.getTime());
    const day = Math.floor(wall / DAY_MS);
    const worse = worsening(this.person, at);
    const isNewDay = day !== this.answeredOn;
    if (!isNewDay && worse < this.worse + WORSE_AGAIN) return [];
    [this.answeredOn, this.worse] = [day, worse];
    const isWeekly = isNewDay && day % 7 === MONDAY && this.setup.followed.includes('copd');
    return isWeekly ? [this.daily(at), this.stamped(answerWeekly(this.person, at), at)] : [this.daily(at)];
  }

  /** The answers when somebody asks for them; null when this home does not know the questionnaire. */
  answer({ questionnaire, items = {} }: Pick<Command, 'questionnaire' | 'items'>, at: Date): OutgoingAnswers | null {
    if (questionnaire === 'daily') return this.daily(at);
    if (questionnaire === 'pressure') return this.stamped(answerPressure(this.person), at);
    // Nobody else lives in a simulated home.
    if (questionnaire === 'weight') return this.stamped({ questionnaire, version: 1, items: { ...items, weight_is_mine: true } }, at);
    if (questionnaire === 'plan-step') return this.stamped(answerPlanStep(this.person), at);
    return questionnaire === 'weekly' ? this.stamped(answerWeekly(this.person, at), at) : null;
  }

  /** What the person taps on an advice; null: nothing. Whoever begins a step that helps them gets better from then on. */
  answerAdvice(advice: Advice, at: Date): OutgoingAnswers | null {
    const filled = answerAdvice(this.person, advice, at);
    if (filled === null) return null;
    const begins = filled.items['plan_step_started'] === true && this.person.treatedFrom === undefined;
    if (begins && isHelpedByPlan(this.person)) this.person = { ...this.person, treatedFrom: at };
    return this.stamped(filled, at);
  }

  /** The person as they are now, treated or not. */
  get owner(): Person {
    return this.person;
  }

  /** What its clock shows. */
  printed(at: Date): string {
    return formatWall(at.getTime() + offsetMsAt(this.zone, at.getTime()));
  }

  private daily(at: Date): OutgoingAnswers {
    return this.stamped(answerDaily(this.person, this.setup.followed, at), at);
  }

  private stamped(filled: Filled, at: Date): OutgoingAnswers {
    return { ...filled, answeredAt: this.printed(at), gatewayTime: at, answeredBy: 'patient' };
  }
}
