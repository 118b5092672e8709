/** A source of chance that gives the same numbers for the same seed; every simulated home has its own. */
export interface Chance {
  /** Evenly from 0 up to, not including, 1. */
  next(): number;
  /** Bell-shaped with mean 0 and deviation 1. */
  bell(): number;
  /** A source of its own for one purpose, so that asking for more here changes nothing there. */
  branch(purpose: string): Chance;
}

/** Opens a source of chance. Small and fast (mulberry32 over a hashed seed); not for secrets. */
export function seededChance(seed: string): Chance {
  let state = hash(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    bell: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    branch: (purpose) => seededChance(`${seed}/${purpose}`),
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value | 0;
}
