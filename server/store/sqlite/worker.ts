import { parentPort, workerData } from 'node:worker_threads'
import { migrate } from '../migrations.ts'
import { type Repository, repository } from '../repository.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { type Call, OPENED, type Reply, type WorkerSetup } from './protocol.ts'

/**
 * Owns one SQLite connection: SQLite blocks its thread, and the collector's must not be blocked.
 * The writer's thread holds the only connection that writes; calls are served one after the other.
 */
const setup = workerData as WorkerSetup
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

const post = (reply: Reply) => port.postMessage(reply)

try {
  const open = openDatabase(setup.directory, setup.role)
  if (setup.role === 'writer') await migrate(open.db, { bytes: 'blob' }, setup.nowMs)
  serve(open, repository(open.db))
  post({ id: OPENED, ok: true, value: null })
} catch (error) {
  post(refusal(OPENED, error))
  port.close()
}

function serve(open: OpenDatabase, work: Repository): void {
  let turn = Promise.resolve()
  port?.on('message', (call: Call) => {
    turn = turn.then(async () => {
      try {
        post({ id: call.id, ok: true, value: await answer(open, work, call) })
      } catch (error) {
        post(refusal(call.id, error))
      }
      if (call.method === 'close') port?.close()
    })
  })
}

async function answer(open: OpenDatabase, work: Repository, call: Call): Promise<unknown> {
  if (call.method === 'close') return open.close()
  if (call.method === 'health') {
    return {
      dialect: 'sqlite',
      schemaVersion: await work.schemaVersion(),
      synchronous: open.synchronous(),
    }
  }
  const method = work[call.method as keyof Repository] as (...args: unknown[]) => Promise<unknown>
  return method(...call.args)
}

function refusal(id: number, error: unknown): Reply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
  const message = error instanceof Error ? error.message : String(error)
  return { id, ok: false, code, message }
}
