import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'

/** The plan that holds on this host: what was pulled, and where its files are. */
export interface Kept {
  readonly version: number
  /** Over the plan's canonical JSON. */
  readonly sha256: string
  readonly etag: string
}

const CURRENT = 'current.json'

/**
 * Plans on disk, each in a folder of its own beside the identity, for its owner only (they hold
 * access keys). Which one holds is one file, replaced last: after a crash at any instant the last
 * good plan is there, whole.
 */
export class Shelf {
  readonly #folder: string

  constructor(state: string) {
    this.#folder = join(state, 'plan')
    makeFolder(this.#folder)
  }

  /** The plan that held last; null where none ever did, or its note cannot be read. */
  current(): Kept | null {
    try {
      const kept = JSON.parse(readFileSync(join(this.#folder, CURRENT), 'utf8')) as Kept
      const whole = Number.isSafeInteger(kept.version) && /^[0-9a-f]{64}$/.test(kept.sha256)
      return whole && typeof kept.etag === 'string' ? kept : null
    } catch {
      return null
    }
  }

  folderOf({ version, sha256 }: Pick<Kept, 'version' | 'sha256'>): string {
    return join(this.#folder, `${version}-${sha256.slice(0, 16)}`)
  }

  /** Writes a plan's files; it does not hold yet. Returns its folder. @throws what the disk throws */
  lay(kept: Pick<Kept, 'version' | 'sha256'>, files: Readonly<Record<string, string>>): string {
    const folder = this.folderOf(kept)
    makeFolder(folder)
    for (const [name, text] of Object.entries(files)) writeDurably(folder, name, text)
    return folder
  }

  /** From now on this plan holds, and older ones go. @throws what the disk throws */
  hold(kept: Kept): void {
    writeDurably(this.#folder, CURRENT, JSON.stringify(kept))
    const own = this.folderOf(kept)
    for (const name of readdirSync(this.#folder)) {
      const folder = join(this.#folder, name)
      if (/^\d+-[0-9a-f]{16}$/.test(name) && folder !== own) rmSync(folder, { recursive: true })
    }
  }
}
