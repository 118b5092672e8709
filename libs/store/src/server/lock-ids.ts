/**
 * Every advisory lock of the program, so that no two mean the same. All are transaction locks (`pg_advisory_xact_lock`):
 * the embedded engine has one backend, where a session lock excludes nobody.
 */
export const LOCK_IDS = {
  /** Held from taking the ids of worklist changes to the commit: the order of the ids is the order of the commits. */
  worklistChange: 7_418_001,
  /** Held while what a preflight found is kept: one after the other, and an older one is thrown away. */
  preflight: 7_418_002,
  /** Held while the community of made-up patients is founded, or one of them begins to walk. */
  selfTest: 7_418_003,
  /** With the id of a device: held while acts without a device time are stored, whose copies by another way only a look at what is stored can tell. */
  undatedActs: 7_418_004,
} as const;
