import type { LineOf } from '../../shared/evidence/bundle.ts'
import type { Store } from '../store/store.ts'

/** A leaf of the log that a bundle shows. */
export type Shown =
  | { readonly kind: 'entry'; readonly index: number; readonly body: Uint8Array }
  | {
      readonly kind: 'record'
      readonly index: number
      readonly agent: string
      readonly boot: string
      readonly sequence: number
    }

type Leaf = Pick<LineOf<'record'>, 'index' | 'frame' | 'at' | 'payload'>

const PAYLOAD = '"payload":"'
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * An envelope cut as a bundle has it, so that put together again it is what stood in the log.
 * @throws Error when it is no envelope, or was spelled in a way that cannot be given back
 */
export function cutEnvelope(envelope: Uint8Array): Omit<Leaf, 'index'> {
  const text = strict.decode(envelope)
  const at = text.indexOf(PAYLOAD) + PAYLOAD.length
  const end = text.indexOf('"', at)
  if (at < PAYLOAD.length || end < 0) throw new Error('bundle: an envelope without a payload')
  const base64 = text.slice(at, end)
  const bytes = Buffer.from(base64, 'base64')
  const payload = strict.decode(bytes)
  if (bytes.toString('base64') !== base64) throw new Error('bundle: base64 of another spelling')
  return { frame: text.slice(0, at) + text.slice(end), at, payload }
}

/** The line of one leaf. @throws Error when a record is no longer kept */
export async function leafOf(
  store: Pick<Store, 'envelope'>,
  site: string,
  shown: Shown,
): Promise<Leaf> {
  const { index } = shown
  if (shown.kind === 'entry') return { index, ...cutEnvelope(shown.body) }
  const { agent, boot, sequence } = shown
  const envelope = await store.envelope(site, agent, boot, sequence)
  if (envelope === null) throw new Error(`bundle: ${agent} ${boot} ${sequence} is no longer kept`)
  return { index, ...cutEnvelope(envelope) }
}

/** How many leaves are asked for at a time: the store's thread answers while the last are written. */
const AHEAD = 64

/** The lines of leaves in their order, a few read ahead. */
export async function* leavesOf(
  store: Pick<Store, 'envelope'>,
  site: string,
  all: readonly Shown[],
): AsyncGenerator<{ readonly shown: Shown; readonly leaf: Leaf }> {
  for (let at = 0; at < all.length; at += AHEAD) {
    const page = all.slice(at, at + AHEAD)
    const leaves = await Promise.all(page.map((shown) => leafOf(store, site, shown)))
    for (const [n, shown] of page.entries()) {
      const leaf = leaves[n]
      if (leaf !== undefined) yield { shown, leaf }
    }
  }
}
