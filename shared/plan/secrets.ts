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

function hidden(secret: string): string {
  const id = /^([A-Za-z0-9._-]{1,32}):/.exec(secret)?.[1]
  return id === undefined ? HIDDEN : `${id}:${HIDDEN}`
}
