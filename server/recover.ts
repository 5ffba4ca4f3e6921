import { resolve } from 'node:path'
import { Fault } from '../shared/errors.ts'
import { setAside } from './keys/last-signed.ts'
import { openLogKey } from './keys/log-key.ts'
import { restoredFile } from './keys/restored.ts'
import { beginAnotherLog } from './ledger/another-log.ts'
import { movedAway } from './ledger/ledger.ts'
import { hostName, keyFileOf, type LedgerSettings } from './ledger-settings.ts'
import { LEASE_NAME } from './store/ledger/lease.ts'
import { openStore, requireDatabase } from './store/open.ts'

/** What the command line says of a log that is begun anew. */
export interface RecoverOptions extends LedgerSettings {
  readonly data: string
  readonly database?: string
  readonly newOrigin?: boolean
  readonly json?: boolean
}

/** Begins another log over the store of stopped collectors. @throws Fault STORE while one runs */
export async function recover(options: RecoverOptions): Promise<void> {
  const dataDirectory = resolve(options.data)
  const database = options.database ?? null
  requireDatabase({ dataDirectory, database })
  const keyFile = keyFileOf(dataDirectory, options)
  const signer = openLogKey(keyFile)
  const nowMs = Date.now()
  const store = await openStore({ dataDirectory, database }, nowMs)
  try {
    if (await store.ledger.isMoved()) throw movedAway()
    const lease = { name: LEASE_NAME, holder: `recover-${process.pid}` }
    const epoch = await store.ledger.takeLease(lease, nowMs, 60_000)
    if (epoch === null) {
      throw new Fault('STORE', 'ledger', 'no collector that writes it', 'one that does', STOP)
    }
    const named = { name: options.name ?? null, fallback: hostName(), nowMs }
    const { number, origin, before } = await beginAnotherLog(store.ledger, signer, named)
    setAside(keyFile, `before-${number}`)
    restoredFile(keyFile).clear()
    await store.ledger.releaseLease({ ...lease, epoch })
    const told = { origin, before }
    const text = `begun: ${origin}\nTell everybody who holds the key of the old log of this one.`
    process.stdout.write(`${options.json ? JSON.stringify(told) : text}\n`)
  } finally {
    await store.close()
  }
}

const STOP = 'stop the collectors on this database, wait 15 seconds, and say it again'
