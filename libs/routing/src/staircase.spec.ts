import fc from 'fast-check';
import type { Cooperation, StaircaseStep } from './pathway.js';
import { BEHAVIOURS, may, stepBetween, STEP_WORDS, unitsStep, wayOver, type Behaviour } from './staircase.js';

const STEPS = [1, 2, 3, 4, 5, 6] as const;
const [MUNICIPALITY, HOSPITAL, ISLAND] = [1, 2, 3];
const pair = (step: StaircaseStep, programme: string | null = null): Cooperation => ({
  organisationIds: [MUNICIPALITY, HOSPITAL],
  step,
  programme,
});
const on = (...cooperations: readonly Cooperation[]) => ({ cooperations });

describe('the step between two organisations', () => {
  test.each(STEPS.filter((step) => step !== 5))('is the one the pathway says, either way round: %i', (step) => {
    expect(stepBetween(on(pair(step)), MUNICIPALITY, HOSPITAL)).toBe(step);
    expect(stepBetween(on(pair(step)), HOSPITAL, MUNICIPALITY, ['copd'])).toBe(step);
  });

  test('is 6 with itself and 1 with one that is not named', () => {
    expect(stepBetween(on(pair(3)), ISLAND, ISLAND)).toBe(6);
    expect(stepBetween(on(pair(3)), MUNICIPALITY, ISLAND)).toBe(1);
  });

  test('is 5 only inside its programme, 4 outside it', () => {
    expect(stepBetween(on(pair(5, 'copd')), MUNICIPALITY, HOSPITAL, ['hf', 'copd'])).toBe(5);
    expect(stepBetween(on(pair(5, 'copd')), MUNICIPALITY, HOSPITAL, ['hf'])).toBe(4);
    expect(stepBetween(on(pair(5, 'copd')), MUNICIPALITY, HOSPITAL)).toBe(4);
    expect(stepBetween(on(pair(5, 'copd'), pair(5, 'hf')), MUNICIPALITY, HOSPITAL, ['hf'])).toBe(5);
  });
});

describe('the step between two units', () => {
  const unit = (...organisationIds: readonly number[]) => ({ organisationIds });

  test.each([
    ['of one organisation', unit(MUNICIPALITY), unit(MUNICIPALITY), 6],
    ['of two', unit(MUNICIPALITY), unit(HOSPITAL), 3],
    ['a joint one and one of its owners', unit(MUNICIPALITY, HOSPITAL), unit(HOSPITAL), 6],
    ['a joint one and a stranger: the best pair', unit(ISLAND, HOSPITAL), unit(MUNICIPALITY), 3],
    ['two that nothing joins', unit(ISLAND), unit(MUNICIPALITY), 1],
    ['one that nobody owns', unit(), unit(MUNICIPALITY), 1],
  ] as const)('%s', (_, a, b, expected) => {
    expect(unitsStep(on(pair(3)), a, b, [])).toBe(expected);
    expect(unitsStep(on(pair(3)), b, a, [])).toBe(expected);
  });

  test('counts step 5 inside its programme', () => {
    expect(unitsStep(on(pair(5, 'copd')), unit(MUNICIPALITY), unit(HOSPITAL), ['copd'])).toBe(5);
    expect(unitsStep(on(pair(5, 'copd')), unit(MUNICIPALITY), unit(HOSPITAL), ['dm'])).toBe(4);
  });
});

describe('what follows from the step', () => {
  const TABLE: Readonly<Record<Behaviour, readonly [boolean, boolean, boolean, boolean, boolean, boolean]>> = {
    offer: [true, true, true, true, true, true],
    tell_giver_outcome: [true, true, true, true, true, true],
    ask_advice: [false, true, true, true, true, true],
    share_staff: [false, false, true, true, true, true],
    own_jointly: [false, false, false, true, true, true],
    act_for_each_other: [false, false, false, false, true, true],
    one_worklist: [false, false, false, false, true, true],
  };
  const cells = (Object.keys(BEHAVIOURS) as Behaviour[]).flatMap((behaviour) =>
    STEPS.map((step) => [step, behaviour, TABLE[behaviour][step - 1]] as const),
  );

  test.each(cells)('step %i, %s: %s', (step, behaviour, isAllowed) => {
    const permission = may(step, behaviour);
    expect(permission.isAllowed).toBe(isAllowed);
    for (const language of ['nb', 'en'] as const) {
      expect(permission.reason[language]).toContain(`${step} (${STEP_WORDS[step][language]})`);
      expect(permission.reason[language]).toContain(BEHAVIOURS[behaviour].does[language]);
    }
  });

  test.each(STEPS.map((step) => [step, step < 5 ? 'offer' : 'move'] as const))('on step %i an episode goes over by %s', (step, way) => {
    expect(wayOver(step).way).toBe(way);
    expect(wayOver(step).reason.nb).toContain(STEP_WORDS[step].nb);
  });

  test('reads as a sentence in both languages', () => {
    expect(may(1, 'ask_advice').reason).toEqual({
      nb: 'Organisasjonene står på trinn 1 (klar arbeidsdeling); å be hverandre om råd hører til fra trinn 2 (veiledning og kompetansestøtte)',
      en: 'The organisations stand on step 1 (clear division of work); to ask each other for advice begins with step 2 (guidance and competence support)',
    });
  });

  test('nothing is lost by standing higher', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STEPS), fc.constantFrom(...STEPS), (a, b) =>
        (Object.keys(BEHAVIOURS) as Behaviour[]).every(
          (behaviour) =>
            !may(Math.min(a, b) as StaircaseStep, behaviour).isAllowed || may(Math.max(a, b) as StaircaseStep, behaviour).isAllowed,
        ),
      ),
    );
  });
});
