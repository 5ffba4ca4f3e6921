import type { RunAsk } from '../../shared/plan/run.ts'
import type { RunPart } from '../../shared/record/record.ts'
import type { RunKept } from '../run/run-parts.ts'
import type { RunEnd, RunShown } from './messages.ts'

/**
 * Files by which a person at the agent's machine asks its running agent for a run, and is told of it.
 * They lie in a folder of the agent's state, which its own user alone may read. One run has one id,
 * and files of that name; whoever asked removes what was told to him.
 */
export const HAND_FOLDER = 'by-hand'
/** Orders that may wait. */
export const MOST_ORDERS = 4
/** Octets of an order. */
export const LARGEST_ORDER = 16_384

const KINDS = ['order', 'news', 'stop', 'end'] as const
type HandKind = (typeof KINDS)[number]

/** What is asked for, and by whom. */
export interface HandOrder {
  readonly format: 'voip-ready/run-by-hand/1'
  readonly id: string
  readonly ask: RunAsk
  readonly entered: NonNullable<RunPart['entered']>
}

/** How it goes. */
export interface HandNews {
  readonly text: string
}

/** How it ended. */
export interface HandEnd extends Pick<RunEnd, 'outcome' | 'why'> {
  readonly shown: RunShown | null
  /** By which site file it ran; null: by none. */
  readonly siteFile: string | null
  /** What became of it in the records; null: nothing of it is in them. */
  readonly kept: RunKept | null
}

const NAME = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([a-z]+)\.json$/

export function handFile(id: string, kind: HandKind): string {
  return `${id}.${kind}.json`
}

/** Which file of which run this is; null: none of ours. */
export function handFileOf(name: string): { readonly id: string; readonly kind: HandKind } | null {
  const [, id, word] = NAME.exec(name) ?? []
  const kind = KINDS.find((one) => one === word)
  return id === undefined || kind === undefined ? null : { id, kind }
}
