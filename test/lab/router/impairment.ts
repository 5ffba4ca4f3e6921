/**
 * What the impairment router can do to a packet, as data: the test writes it, the router process
 * reads it from its standard input. Times in milliseconds, ratios 0..1.
 */
export interface Impairment {
  /** Shown in counters and in the truth log by its place in the list. */
  readonly name?: string
  /** `out` leaves the site, `back` returns to it; both when absent. */
  readonly leg?: Leg
  readonly match?: Match
  /** Wall clock, milliseconds since 1970: the rule is there from `fromMs` until before `untilMs`. */
  readonly when?: { readonly fromMs?: number; readonly untilMs?: number }
  readonly delayMs?: number
  readonly jitter?: Jitter
  /** False lets jitter reorder packets. Default true: a packet never overtakes the one before. */
  readonly keepOrder?: boolean
  readonly loss?: Loss
  /** The copy follows its original by `afterMs` (default 0.1). */
  readonly duplicate?: { readonly ratio: number; readonly afterMs?: number }
  /** A chosen packet is held back `byMs` longer while later ones overtake it. */
  readonly reorder?: { readonly ratio: number; readonly byMs: number }
  readonly rate?: Rate
  readonly outage?: boolean
  /** New DSCP (0..63) of what passes. ECN is left alone. */
  readonly dscp?: number
  /** Bigger packets vanish; `reply` sends "fragmentation needed", otherwise it is a black hole. */
  readonly mtu?: { readonly bytes: number; readonly reply?: boolean }
}

export type Leg = 'out' | 'back'

/** All named fields must hold. `port` is source or destination, UDP or TCP. */
export interface Match {
  readonly dscp?: number
  readonly port?: number
  readonly protocol?: 'udp' | 'tcp' | 'icmp'
  readonly ip?: 4 | 6
  /** True: only what looks like RTP (version 2, payload type 0, 8 or 18); false: only the rest. */
  readonly rtp?: boolean
}

export type Jitter =
  | { readonly kind: 'uniform'; readonly plusMinusMs: number }
  /** Clipped at +-4 standard deviations, and never below zero delay. */
  | { readonly kind: 'normal'; readonly sdMs: number }
  /** With probability `chance` a spike of at least `scaleMs`; smaller `shape`, longer tail. */
  | {
      readonly kind: 'pareto'
      readonly chance: number
      readonly scaleMs: number
      readonly shape: number
      readonly maxMs: number
    }

export type Loss =
  | { readonly kind: 'random'; readonly ratio: number }
  /**
   * Exactly `lost` of every `of` packets of each flow, evenly spread: packet i (from 0) is lost
   * when floor((i+1)*lost/of) > floor(i*lost/of). A flow is an SSRC, or all that is not RTP.
   */
  | { readonly kind: 'exact'; readonly lost: number; readonly of: number }
  /** Gilbert-Elliott: per packet probability to enter and to leave the bad state. */
  | {
      readonly kind: 'burst'
      readonly enter: number
      readonly leave: number
      /** Default 1. */
      readonly lossInBad?: number
      /** Default 0. */
      readonly lossInGood?: number
    }

export interface Rate {
  readonly kbitPerSecond: number
  /** Bytes that may wait; a packet that finds no room is dropped. */
  readonly queueBytes: number
  /** Added to the IP length of each packet, 18 for Ethernet. Default 0. */
  readonly overheadBytes?: number
  /** Packets that come with this mark wait in a queue of their own, which is served first. */
  readonly priorityDscp?: number
}

/** What became of a packet: its place in this list is the byte in the truth log. */
export const FATES = [
  'forwarded',
  'loss',
  'burst',
  'queue',
  'outage',
  'mtu',
  'ttl',
  /** Given to the router's device by the kernel but never seen by the router. */
  'device',
  /** The far device refused the packet. */
  'refused',
  /** Still held when the router stopped. */
  'held',
] as const

export type Fate = (typeof FATES)[number]

/** Why a list of impairments is refused, or undefined: what was wanted, found, and where. */
export function refuseImpairments(rules: readonly Impairment[]): string | undefined {
  for (const [index, rule] of rules.entries()) {
    for (const [field, value, low, high] of bounds(rule)) {
      if (value === undefined || (value >= low && value <= high)) continue
      return `impairment ${index}: ${field} must be ${low} to ${high}, found ${value}`
    }
  }
  return rules.length > 254 ? `at most 254 impairments, found ${rules.length}` : undefined
}

type Bound = readonly [field: string, value: number | undefined, low: number, high: number]

const MINUTE_MS = 60_000

function bounds(rule: Impairment): readonly Bound[] {
  return [
    ['delayMs', rule.delayMs, 0, MINUTE_MS],
    ['dscp', rule.dscp, 0, 63],
    ['match.dscp', rule.match?.dscp, 0, 63],
    ['match.port', rule.match?.port, 1, 65535],
    ['duplicate.ratio', rule.duplicate?.ratio, 0, 1],
    ['duplicate.afterMs', rule.duplicate?.afterMs, 0, MINUTE_MS],
    ['reorder.ratio', rule.reorder?.ratio, 0, 1],
    ['reorder.byMs', rule.reorder?.byMs, 0, MINUTE_MS],
    ['rate.kbitPerSecond', rule.rate?.kbitPerSecond, 1, 1e9],
    ['rate.queueBytes', rule.rate?.queueBytes, 0, 1e9],
    ['rate.priorityDscp', rule.rate?.priorityDscp, 0, 63],
    ['mtu.bytes', rule.mtu?.bytes, 68, 65535],
    ...lossBounds(rule.loss),
    ...jitterBounds(rule.jitter),
  ]
}

function lossBounds(loss: Loss | undefined): readonly Bound[] {
  if (loss === undefined) return []
  if (loss.kind === 'random') return [['loss.ratio', loss.ratio, 0, 1]]
  if (loss.kind === 'exact') {
    return [
      ['loss.of', loss.of, 1, 1e6],
      ['loss.lost', loss.lost, 0, loss.of],
    ]
  }
  return [
    ['loss.enter', loss.enter, 0, 1],
    ['loss.leave', loss.leave, 0, 1],
    ['loss.lossInBad', loss.lossInBad, 0, 1],
    ['loss.lossInGood', loss.lossInGood, 0, 1],
  ]
}

function jitterBounds(jitter: Jitter | undefined): readonly Bound[] {
  if (jitter === undefined) return []
  if (jitter.kind === 'uniform') return [['jitter.plusMinusMs', jitter.plusMinusMs, 0, MINUTE_MS]]
  if (jitter.kind === 'normal') return [['jitter.sdMs', jitter.sdMs, 0, MINUTE_MS]]
  return [
    ['jitter.chance', jitter.chance, 0, 1],
    ['jitter.scaleMs', jitter.scaleMs, 0, MINUTE_MS],
    ['jitter.shape', jitter.shape, 0.1, 100],
    ['jitter.maxMs', jitter.maxMs, 0, MINUTE_MS],
  ]
}
