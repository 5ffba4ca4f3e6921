import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ok, type Result, refuse } from '../../shared/result.ts'

/** An IPv4 address of this host, with the interface that has it. */
export interface HostInterface {
  readonly name: string
  readonly address: string
  /** Six octets. */
  readonly mac: Uint8Array
}

/** Why a client port could not be had. */
export interface DhcpObstacle {
  readonly code: 'not-permitted' | 'port-taken' | 'failed'
  readonly detail: string
}

/** An open client port on one interface. */
export interface DhcpPort {
  /** Sends to the server port; answers what the system said, empty when it left. */
  send(bytes: Uint8Array, to: string): Promise<string>
  close(): void
}

export interface DhcpIo {
  readonly interfaces: () => readonly HostInterface[]
  /** Opens the client port; `heard` gets every datagram with the address that sent it. */
  readonly open: (
    address: string,
    heard: (bytes: Uint8Array, from: string) => void,
  ) => Promise<Result<DhcpPort, DhcpObstacle>>
  /** A transaction id that nobody else will guess. */
  readonly transaction: () => number
  readonly monotonicMs: () => number
  /** Resolves after `ms`, or at once when aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

const SERVER_PORT = 67
const CLIENT_PORT = 68

/** DHCP's real sockets: plain UDP, since the interface already has its address. */
export function dhcpIo(): DhcpIo {
  return {
    interfaces: ipv4Interfaces,
    open: openClient,
    transaction: () => randomInt(1, 2 ** 32),
    monotonicMs: () => performance.now(),
    wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
  }
}

function ipv4Interfaces(): readonly HostInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address, mac }) => ({
        ...{ name, address },
        mac: Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16)),
      })),
  )
}

/**
 * Servers answer to port 68 and nowhere else. One socket has the interface's address, so that the
 * kernel sends its broadcasts there and it hears what comes to that address alone; the other hears
 * broadcasts. Both must share the port, so it is first tried alone: a DHCP client that runs here
 * would lose its answers to us, or we ours to it.
 */
async function openClient(
  address: string,
  heard: (bytes: Uint8Array, from: string) => void,
): Promise<Result<DhcpPort, DhcpObstacle>> {
  const opened: Socket[] = []
  try {
    const alone = await bound(undefined, false)
    await new Promise<void>((resolve) => alone.close(resolve))
    for (const host of [undefined, address]) opened.push(await bound(host, true))
  } catch (error) {
    for (const socket of opened) socket.close()
    return refuse(obstacleOf(error as NodeJS.ErrnoException))
  }
  for (const socket of opened) {
    socket.on('message', (bytes, from) => heard(bytes, from.address))
    // ICMP errors of one server must not end the wait for others.
    socket.on('error', () => {})
  }
  const sender = opened[1]!
  sender.setBroadcast(true)
  return ok({
    send: (bytes, to) =>
      new Promise((resolve) =>
        sender.send(bytes, SERVER_PORT, to, (error) => resolve(error?.message ?? '')),
      ),
    close: () => {
      for (const socket of opened) socket.close()
    },
  })
}

async function bound(address: string | undefined, reuseAddr: boolean): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr })
  try {
    socket.bind({
      port: CLIENT_PORT,
      exclusive: true,
      ...(address === undefined ? {} : { address }),
    })
    await once(socket, 'listening')
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

function obstacleOf({ code, message }: NodeJS.ErrnoException): DhcpObstacle {
  const kind =
    code === 'EACCES' || code === 'EPERM'
      ? 'not-permitted'
      : code === 'EADDRINUSE'
        ? 'port-taken'
        : 'failed'
  return { code: kind, detail: message.slice(0, 253) }
}
