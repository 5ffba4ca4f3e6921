import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { YamlDocument } from './yaml.ts'

/**
 * What a YAML text comes to, where the build read that very text before: the profiles that come along
 * took half of a command's start otherwise. Null: nobody did.
 *
 * @param text the whole text; one character more or less and it is another
 */
export function readBefore(text: string): YamlDocument | null {
  // From source, what the last build read.
  const folder = import.meta.url.endsWith('.ts') ? '../dist/config/read-before' : './read-before'
  try {
    const file = new URL(`${folder}/${nameOf(text)}`, import.meta.url)
    return JSON.parse(readFileSync(file, 'utf8')) as YamlDocument
  } catch {
    return null
  }
}

/** File name of what a text came to. */
export function nameOf(text: string): string {
  return `${hash('sha256', text, 'hex')}.json`
}
