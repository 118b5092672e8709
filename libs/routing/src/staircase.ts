import type { Words } from '@varde/rules';
import type { Cooperation, Pathway, StaircaseStep } from './pathway.js';
import type { Unit } from './unit.js';

/** What the steps are called. */
export const STEP_WORDS: Readonly<Record<StaircaseStep, Words>> = {
  1: { nb: 'klar arbeidsdeling', en: 'clear division of work' },
  2: { nb: 'veiledning og kompetansestøtte', en: 'guidance and competence support' },
  3: { nb: 'delte stillinger', en: 'shared positions' },
  4: { nb: 'felles tjeneste', en: 'joint service' },
  5: { nb: 'helt integrert innen ett forløp', en: 'fully integrated within one programme' },
  6: { nb: 'én organisasjon', en: 'one organisation' },
};

/** What two organisations may do because of the step they stand on. */
export type Behaviour =
  | 'offer'
  | 'tell_giver_outcome'
  | 'ask_advice'
  | 'share_staff'
  | 'own_jointly'
  | 'act_for_each_other'
  | 'one_worklist';

/** Whether something is allowed, and why (not). */
export interface Permission {
  readonly isAllowed: boolean;
  readonly reason: Words;
}

/**
 * Each behaviour with the first step that has it; a step has everything of the steps below it (DESIGN section 6). What step 6 adds is that
 * nothing of it ends with a programme: the care level of a unit is a tag.
 */
export const BEHAVIOURS: Readonly<Record<Behaviour, { readonly from: StaircaseStep; readonly does: Words }>> = {
  offer: { from: 1, does: { nb: 'tilby hverandre en hendelse', en: 'offer each other an episode' } },
  tell_giver_outcome: {
    from: 1,
    does: { nb: 'se hva det ble av en hendelse de ga fra seg', en: 'see what became of an episode they gave away' },
  },
  ask_advice: { from: 2, does: { nb: 'be hverandre om råd', en: 'ask each other for advice' } },
  share_staff: { from: 3, does: { nb: 'bemanne hverandres enheter', en: "staff each other's units" } },
  own_jointly: { from: 4, does: { nb: 'eie en enhet sammen', en: 'own a unit together' } },
  act_for_each_other: { from: 5, does: { nb: 'handle for hverandre uten tilbud', en: 'act for each other without an offer' } },
  one_worklist: { from: 5, does: { nb: 'ha én arbeidsliste', en: 'have one worklist' } },
};

/** The first step on which an episode moves without being accepted. */
const MOVES_FROM: StaircaseStep = 5;

/**
 * The step on which two organisations stand for a patient who follows these programmes; the same organisation: 6. Step 5 counts only
 * inside its programme: outside it the pair stands on 4, which has everything under 5. A pair that the pathway does not name: 1.
 */
export function stepBetween(
  { cooperations }: Pick<Pathway, 'cooperations'>,
  organisationA: number,
  organisationB: number,
  programmes: readonly string[] = [],
): StaircaseStep {
  if (organisationA === organisationB) return 6;
  const isPair = ({ organisationIds: [low, high] }: Cooperation) =>
    low === Math.min(organisationA, organisationB) && high === Math.max(organisationA, organisationB);
  return cooperations.filter(isPair).reduce<StaircaseStep>((best, each) => higher(best, inField(each, programmes)), 1);
}

/** The step on which two units stand: the highest of any pair of the organisations that own them. */
export function unitsStep(
  pathway: Pick<Pathway, 'cooperations'>,
  unitA: Pick<Unit, 'organisationIds'>,
  unitB: Pick<Unit, 'organisationIds'>,
  programmes: readonly string[],
): StaircaseStep {
  return unitA.organisationIds
    .flatMap((a) => unitB.organisationIds.map((b) => stepBetween(pathway, a, b, programmes)))
    .reduce<StaircaseStep>(higher, 1);
}

/** Whether organisations on this step may do something, with the reason; the step is the one of the patient's programmes (`unitsStep`). */
export function may(step: StaircaseStep, behaviour: Behaviour): Permission {
  const { from, does } = BEHAVIOURS[behaviour];
  const stand = { nb: `Organisasjonene står på trinn ${named(step).nb}`, en: `The organisations stand on step ${named(step).en}` };
  if (step >= from) return { isAllowed: true, reason: { nb: `${stand.nb} og kan ${does.nb}`, en: `${stand.en} and may ${does.en}` } };
  return {
    isAllowed: false,
    reason: {
      nb: `${stand.nb}; å ${does.nb} hører til fra trinn ${named(from).nb}`,
      en: `${stand.en}; to ${does.en} begins with step ${named(from).en}`,
    },
  };
}

/** How an episode goes from one unit to another, with the reason: `offer` needs acceptance, `move` is done at once. */
export interface WayOver {
  readonly way: 'offer' | 'move';
  readonly reason: Words;
}

/** How an episode goes between units on this step: an offer that waits for acceptance; from step 5 there is no handover, it is moved. */
export function wayOver(step: StaircaseStep): WayOver {
  if (step < MOVES_FROM) {
    return {
      way: 'offer',
      reason: {
        nb: `På trinn ${named(step).nb} flyttes ansvaret først når mottakeren godtar`,
        en: `On step ${named(step).en} the responsibility moves only when the receiver accepts`,
      },
    };
  }
  return {
    way: 'move',
    reason: {
      nb: `På trinn ${named(step).nb} flyttes hendelsen uten overføring`,
      en: `On step ${named(step).en} the episode is moved without a handover`,
    },
  };
}

const named = (step: StaircaseStep): Words => ({ nb: `${step} (${STEP_WORDS[step].nb})`, en: `${step} (${STEP_WORDS[step].en})` });

const higher = (a: StaircaseStep, b: StaircaseStep): StaircaseStep => (a > b ? a : b);

function inField({ step, programme }: Cooperation, programmes: readonly string[]): StaircaseStep {
  return step === 5 && !programmes.some((each) => each === programme) ? 4 : step;
}
