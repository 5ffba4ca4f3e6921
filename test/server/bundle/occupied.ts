import { readdirSync, readlinkSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { WorkerSetup } from '../../../server/store/thread/protocol.ts'
import { START } from '../support/fixtures.ts'

/** What PostgreSQL says of a client that it lets in: AuthenticationOk, ReadyForQuery. */
const LET_IN = Buffer.from('520000000800000000' + '5a0000000549', 'hex')
/** A database that lets everybody in and answers no question: whoever reads from it is at it for a minute. */
export async function silentDatabase() {
  const open = new Set<Socket>()
  let asked = 0
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(LET_IN)
      socket.once('data', () => {
        asked += 1
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const url = `postgres://nobody@127.0.0.1:${port}/nothing`
  const aside: WorkerSetup = { dialect: 'postgres', url, role: 'reader', nowMs: START }
  return { aside, asked: () => asked, open: () => open.size }
}

/** Files of bundles that this process has open; they have no name any more. */
export const filesOpen = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('/bundle-')
    } catch {
      return false
    }
  }).length
