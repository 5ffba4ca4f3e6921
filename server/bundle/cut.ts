import type { BundleLine } from '../../shared/evidence/bundle.ts'
import { type BundleSources, bundleLines } from './collect.ts'
import { packStream } from './pack.ts'
import type { BundleAsk } from './span.ts'

/** A bundle under the name that it is handed out by. */
export interface CutBundle {
  readonly file: string
  readonly octets: Uint8Array
}

/**
 * Cuts the bundle of whole quarter hours; null: this collector keeps no log yet.
 * @param signal ends the work between two lines @throws its reason
 */
export async function cutBundle(
  sources: BundleSources,
  ask: BundleAsk,
  signal?: AbortSignal,
): Promise<CutBundle | null> {
  const lines = await bundleLines(sources, ask)
  if (lines === null) return null
  const octets = await packStream(signal === undefined ? lines : until(lines, signal))
  return { file: bundleName(ask), octets }
}

async function* until(lines: AsyncIterable<BundleLine>, signal: AbortSignal) {
  for await (const line of lines) {
    signal.throwIfAborted()
    yield line
  }
}

function bundleName({ site, fromMs, toMs }: BundleAsk): string {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString().replace(/[:.]/g, ''))
  return `${site}-${from}-${to}.bundle`
}
