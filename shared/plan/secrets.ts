import { canonicalJson } from '../profile/canonical.ts'
import type { Site } from '../profile/site.ts'

/** Keys of a plan whose values are secrets, at any depth below `site`. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['key', 'community'])
/** Never accepted back as a secret: what is shown cannot be stored by mistake. */
const HIDDEN = '(hidden)'

/**
 * A plan as viewers see it: access keys keep their id, all else of them and of the switches' secrets is
 * gone. Takes any plain value and gives a new one.
 */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_KEYS.has(key) && typeof inner === 'string' ? hidden(inner) : withoutSecrets(inner),
    ]),
  )
}

/**
 * Canonical JSON of a site's values as others may see and read them: no secret, no access key and no
 * name of a file that holds one. Logs carry its hash: what it gives for given values stays as it is.
 */
export function shownValues(site: Site): string {
  const { farEnds, segments, ...rest } = withoutSecrets(site) as Site
  const ends = Object.entries(farEnds).map(([name, end]) => [name, end && withoutKey(end)])
  const shown = {
    ...{ ...rest, farEnds: Object.fromEntries(ends) },
    ...(segments === undefined ? {} : { segments: segments.map(withoutKey) }),
  }
  const text = canonicalJson(shown)
  if (!text.ok) throw new TypeError(`site ${text.error.path.join('.')}: ${text.error.why}`)
  return text.value
}

function withoutKey<T extends { readonly key?: unknown; readonly keyFile?: unknown }>(held: T) {
  const { key: _key, keyFile: _file, ...rest } = held
  return rest
}

function hidden(secret: string): string {
  const id = /^([A-Za-z0-9._-]{1,32}):/.exec(secret)?.[1]
  return id === undefined ? HIDDEN : `${id}:${HIDDEN}`
}
