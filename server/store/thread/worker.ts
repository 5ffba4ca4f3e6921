import { parentPort, workerData } from 'node:worker_threads'
import { type Call, OPENED, type Reply, refusalOf } from '../../thread/protocol.ts'
import { type Books, openBooks } from '../books.ts'
import { migrate } from '../migrations.ts'
import type { OpenDatabase } from '../opened.ts'
import { type Repository, repository } from '../repository.ts'
import { retrying } from '../retry.ts'
import { openDatabase } from './open-database.ts'
import type { WorkerSetup } from './protocol.ts'

/**
 * Owns the connections to one database: SQLite blocks its thread, and the collector's own one must be
 * kept from that. SQLite's calls are served one after
 * the other, those of PostgreSQL side by side.
 */
const setup = workerData as WorkerSetup
const port = parentPort
if (port === null) throw new Error('this file runs as a worker thread')

const post = (reply: Reply) => port.postMessage(reply)

try {
  const open = await openReady()
  serve(open, repository(open.db), openBooks(open.db))
  post({ id: OPENED, ok: true, value: null })
} catch (error) {
  post(refusalOf(OPENED, error))
  port.close()
}

/** A database that cannot be used is closed again: its idle connections would keep the program running. */
async function openReady(): Promise<OpenDatabase> {
  const open = await openDatabase(setup)
  try {
    if (setup.role === 'writer') await migrate(open.db, open.types, setup.nowMs)
    return open
  } catch (error) {
    await open.close().catch(() => {})
    throw error
  }
}

function serve(open: OpenDatabase, work: Repository, books: Books): void {
  const one = async (call: Call) => {
    try {
      const ask = () => answer(open, work, books, call)
      post({
        id: call.id,
        ok: true,
        value: await (call.method === 'close' ? ask() : retrying(ask)),
      })
    } catch (error) {
      post(refusalOf(call.id, error))
    }
    if (call.method === 'close') port?.close()
  }
  let turn = Promise.resolve()
  port?.on('message', (call: Call) => {
    if (open.concurrent) void one(call)
    else turn = turn.then(() => one(call))
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
      dialect: open.dialect,
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
