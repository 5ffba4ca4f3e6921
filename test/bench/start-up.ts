import { createSocket } from 'node:dgram'
import { finished, start, stop } from './processes.ts'
import { command } from './product.ts'
import type { Sample } from './table.ts'

/** From the start of the process: the help page, and the first packet of a check on the wire. */
export async function startUp(): Promise<Sample[]> {
  const began = performance.now()
  await finished(start(command('check', '--help')))
  const help = performance.now() - began
  const first = await firstPacket()
  const row = (what: string, value: number): Sample => ({
    what,
    value,
    peer: Number.NaN,
    unit: 'ms',
  })
  return [row('check --help', help), row('first packet of a check', first)]
}

/** A socket that only listens takes the reflector's place, so what arrives first is the opening. */
async function firstPacket(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const arrived = new Promise<number>((resolve) =>
    socket.once('message', () => resolve(performance.now())),
  )
  const key = `bench:${'A'.repeat(32)}`
  const began = performance.now()
  const child = start(
    command('check', '--primary', `127.0.0.1:${socket.address().port}`, '--key', key, ...REST),
  )
  const milliseconds = (await arrived) - began
  await stop(child, 'SIGKILL')
  socket.close()
  return milliseconds
}

const REST = ['--profile', 'pureconnect-rcm', '--duration', '10s', '--json']
