import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const LOOPBACK = '127.0.0.1'

/** The TCP port that was wished for where it is free on loopback; else one that the kernel gives. */
export async function freeTcpPort(wished: number): Promise<number> {
  return (await tryTcp(wished)) ?? (await tryTcp(0)) ?? wished
}

function tryTcp(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, LOOPBACK, () => {
      const found = server.address()
      server.close(() =>
        resolve(found !== null && typeof found === 'object' ? found.port : undefined),
      )
    })
  })
}

/** A UDP port that is free on loopback now. */
export function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.once('error', reject)
    socket.bind(0, LOOPBACK, () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}
