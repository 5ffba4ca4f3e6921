import type { Counters } from './forwarder.ts'
import type { Impairment } from './impairment.ts'

/** What a router process is started with. Side 0 is nearer the site. */
export interface RouterOptions {
  readonly sides: readonly [SideOptions, SideOptions]
  readonly rules: readonly Impairment[]
  readonly seed: number
  /** Takes one from the TTL and answers with time exceeded, as a router; else as a wire. */
  readonly hop: boolean
  /** File of the truth log. */
  readonly log: string
  /** It ends by itself after this time, whatever became of the test. */
  readonly maxSeconds: number
}

export interface SideOptions {
  readonly namespace: string
  readonly device: string
  readonly ipv4: readonly number[]
  readonly ipv6: readonly number[]
}

export type Command =
  | { readonly do: 'impair'; readonly rules: readonly Impairment[]; readonly seed: number }
  | { readonly do: 'counters' }
  | { readonly do: 'clear-accuracy' }
  | { readonly do: 'stop' }

/** Answers, one line each, in the order of the commands; `ready` first and `stopped` last. */
export interface Answer {
  readonly ready?: true
  readonly scheduling?: 'fifo' | 'none'
  readonly stopped?: true
  readonly counters?: Counters
  readonly refusal?: string
  /** When new rules took effect, nanoseconds since `baseSeconds`. */
  readonly atNs?: number
  readonly baseSeconds?: number
}
