import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'

/** Where records go, below the address that the operator gave. */
const RECORDS_PATH = 'api/v1/records'

/** The collector's address for records. @throws Fault USAGE unless it is http or https */
export function collectorUrl(text: string): URL {
  const wanted = 'http://HOST:PORT or https://HOST:PORT'
  let base: URL
  try {
    base = new URL(text.endsWith('/') ? text : `${text}/`)
  } catch {
    throw new Fault('USAGE', '--collector', wanted, text)
  }
  if (base.protocol !== 'http:' && base.protocol !== 'https:') {
    throw new Fault('USAGE', '--collector', wanted, text)
  }
  return new URL(RECORDS_PATH, base)
}

/** Reads the token anew at every call, so that a renewed file needs no restart. */
export function tokenReader(file: string): () => string {
  return () => {
    let text: string
    try {
      text = readFileSync(file, 'utf8').trim()
    } catch (error) {
      const found = (error as NodeJS.ErrnoException).code ?? 'an error'
      throw new Fault('CONFIG_READ', file, 'the token that the collector gave', found)
    }
    // Header values hold no spaces or control characters; anything else is the wrong file.
    if (/^[\x21-\x7e]{8,512}$/.test(text)) return text
    const repair = 'write the token alone into the file'
    throw new Fault('CONFIG_VALUE', file, 'one token', 'other text (not shown)', repair)
  }
}
