/**
 * The number of the rules by which records become findings. It is raised whenever the same records, profile
 * and site may come out otherwise than before: who verifies an older verdict then says that it was judged
 * by other rules, and not that it was forged.
 */
export const JUDGING_RULES = 7
