import { readFileSync } from 'node:fs'

let known: string | undefined

/** Version of this program, from its package.json: one folder up from source, two from dist. */
export function toolVersion(): string {
  if (known !== undefined) return known
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'))
      if (found.name === 'voip-ready') known = String(found.version)
    } catch {
      // Not at this height.
    }
  }
  known ??= '0.0.0'
  return known
}
