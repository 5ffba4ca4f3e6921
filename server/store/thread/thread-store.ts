import { Fault } from '../../../shared/errors.ts'
import { CallingThread, ThreadError } from '../../thread/calling-thread.ts'
import { workerFile } from '../../thread/worker-file.ts'
import { remoteBooks } from '../books.ts'
import type { Store } from '../store.ts'
import type { Role, WorkerSetup } from './protocol.ts'

/**
 * A store in two threads, one that writes and one that reads, so that a long look-up never delays an
 * acknowledgement. The writer starts first: it brings the schema up to date.
 *
 * @param where how a fault names the database
 * @throws Fault STORE when the database cannot be used
 */
export async function threadStore(
  setup: (role: Role) => WorkerSetup,
  where: string,
): Promise<Store> {
  const writer = await start(setup('writer'), where)
  const reader = await start(setup('reader'), where).catch(async (error: unknown) => {
    await writer.call('close')
    throw error
  })
  return {
    aside: setup('reader'),
    ...remoteBooks(
      (method, ...args) => writer.call(method, ...args),
      (method, ...args) => reader.call(method, ...args),
    ),
    append: (rows) => writer.call('append', rows),
    newest: (...args) => reader.call('newest', ...args),
    boots: () => reader.call('boots'),
    changed: (...args) => reader.call('changed', ...args),
    agents: (keys) => reader.call('agents', keys),
    between: (...args) => reader.call('between', ...args),
    rounds: (...args) => reader.call('rounds', ...args),
    runs: (...args) => reader.call('runs', ...args),
    grounds: (periods) => reader.call('grounds', periods),
    carried: (...args) => reader.call('carried', ...args),
    envelope: (...args) => reader.call('envelope', ...args),
    putProfile: (profile) => writer.call('putProfile', profile),
    profiles: () => reader.call('profiles'),
    writable: () => writer.call('writable'),
    health: () => writer.call('health'),
    close: async () => {
      await reader.call('close')
      await writer.call('close')
    },
  }
}

/** A fault raised in the thread arrives in its parts; here it becomes a fault again. */
async function start(setup: WorkerSetup, where: string): Promise<CallingThread> {
  try {
    return await CallingThread.start(workerFile(import.meta.url, 'server/store/thread'), setup)
  } catch (error) {
    const fault = error instanceof ThreadError ? error.fault : null
    if (fault !== null) {
      throw new Fault(fault.code, fault.where, fault.wanted, fault.found, fault.repair)
    }
    const message = error instanceof Error ? error.message : String(error)
    const repair = setup.dialect === 'postgres' ? 'mend what its server names' : undefined
    throw new Fault('STORE', where, 'a database to open', message, repair)
  }
}
