/** Reasons of findings that only a load of our own can decide: capacity and priority. */
export const LOAD_REASONS = {
  'fewer-calls': {
    means: 'held at the calls offered, which are fewer than the peak',
    advice: 'offer the peak call count, at a quiet hour',
  },
  'load-not-tested': {
    means: 'the mark arrives, but whether marked traffic fares better under load was not tried',
    advice: 'try it at a quiet hour, since it makes a bounded load of its own',
  },
  'priority-kept': {
    means: 'while best effort waited or was dropped, marked voice kept its limits and went first',
    advice: '',
  },
  'no-priority': {
    means: 'under load marked voice fared no better than best effort, although its mark arrived',
    advice: 'put DSCP 46 into a priority queue at the slowest link of this leg',
  },
  'no-congestion': {
    means: 'the load that was offered made nobody wait here, so priority could not show',
    advice: 'offer more load, at a quiet hour',
  },
  'broken-before-load': {
    means:
      'marked voice broke its limits before any load was offered, so load cannot show its worth',
    advice: 'find first what fills this way or loses there: voip-ready check names it',
  },
  'priority-unclear': {
    means: 'under load marked voice was neither clearly spared nor clearly held up',
    advice: 'try again at a quiet hour, with longer steps',
  },
} as const

/** The command that tests again what `check` cannot decide, by the kind of line. */
export const LOAD_COMMANDS: { readonly [kind: string]: string } = {
  bandwidth: 'voip-ready capacity --site FILE --calls N',
  qos: 'voip-ready qos --site FILE',
}
