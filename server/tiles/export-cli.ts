import { resolve } from 'node:path'
import { openStore } from '../store/open.ts'
import { exportTiles } from './export.ts'

interface Options {
  readonly data: string
  readonly database?: string
  readonly json?: boolean
}

/** `collector ledger export-tiles`. @throws Fault as exportTiles and the opening of the store do */
export async function runExport(folder: string, options: Options): Promise<void> {
  const { data, database = null, json = false } = options
  const store = await openStore({ dataDirectory: resolve(data), database }, Date.now())
  const live = process.stderr.isTTY === true
  const progress = (done: number) => {
    if (live) process.stderr.write(`\r${done} files written`)
  }
  try {
    const found = await exportTiles(store.ledger, folder, progress)
    if (live) process.stderr.write('\r\x1b[K')
    const { origin, size, written, pruned } = found
    const gone = pruned === 0 ? '' : `; ${pruned} bundles of entries are no longer kept whole`
    const text = `${folder}: ${origin}, ${size} leaves; ${written} files written${gone}`
    process.stdout.write(`${json ? JSON.stringify({ folder, ...found }) : text}\n`)
  } finally {
    await store.close()
  }
}
