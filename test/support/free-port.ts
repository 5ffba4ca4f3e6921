import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const LOOPBACK = '127.0.0.1'
/** Files of tests that run at one time have each a slice of the range: none takes another's port. */
const SLICES = 8
const SLICE = 750
const FIRST = 10_000 + SLICE * (Number(process.env.VITEST_POOL_ID ?? 0) % SLICES)
/** Below what Linux gives to who asks for any port: nobody else gets it before it is used. */
const RANGE = [FIRST, FIRST + SLICE] as const
const given = new Set<number>()

/** A port of 127.0.0.1 on which nothing listens, over TCP or UDP; to one file of tests never twice. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(...RANGE)
    if (given.has(port) || !(await isFreeOverTcp(port)) || !(await isFreeOverUdp(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`no free port from ${RANGE[0]} to ${RANGE[1]} in a hundred tries`)
}

function isFreeOverTcp(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)))
  })
}

function isFreeOverUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)))
    socket.bind(port, LOOPBACK, () => socket.close(() => resolve(true)))
  })
}
