import { parentPort, workerData } from 'node:worker_threads'
import { type Books, openBooks } from '../books.ts'
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
  serve(open, repository(open.db), openBooks(open.db))
  post({ id: OPENED, ok: true, value: null })
} catch (error) {
  post(refusal(OPENED, error))
  port.close()
}

function serve(open: OpenDatabase, work: Repository, books: Books): void {
  let turn = Promise.resolve()
  port?.on('message', (call: Call) => {
    turn = turn.then(async () => {
      try {
        post({ id: call.id, ok: true, value: await answer(open, work, books, call) })
      } catch (error) {
        post(refusal(call.id, error))
      }
      if (call.method === 'close') port?.close()
    })
  })
}

type Method = (...args: readonly unknown[]) => Promise<unknown>

async function answer(
  open: OpenDatabase,
  work: Repository,
  books: Books,
  call: Call,
): Promise<unknown> {
  if (call.method === 'close') return open.close()
  if (call.method === 'health') {
    return {
      dialect: 'sqlite',
      schemaVersion: await work.schemaVersion(),
      synchronous: open.synchronous(),
    }
  }
  const [name, ofBook] = call.method.split('.') as [string, string?]
  const method =
    ofBook === undefined
      ? work[name as keyof Repository]
      : (books[name as keyof Books] as unknown as Record<string, Method>)[ofBook]
  return (method as Method)(...call.args)
}

function refusal(id: number, error: unknown): Reply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
  const message = error instanceof Error ? error.message : String(error)
  return { id, ok: false, code, message }
}
