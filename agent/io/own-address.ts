import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Fault } from '../../shared/errors.ts'

/** As `ip address` would list them: more are no help to somebody who looks for one. */
const MOST_SHOWN = 8

/** What this host has in place of an address that it lacks: `10.0.0.5 (eth0), 127.0.0.1 (lo)`; null: it has it. */
export async function insteadOf(address: string): Promise<string | null> {
  const six = isIPv6(address.split('%', 1)[0] ?? '')
  if (await canBind(address, six)) return null
  const own = Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
    all
      .filter(({ family }) => family === (six ? 'IPv6' : 'IPv4'))
      .map((one) => `${one.address} (${name})`),
  )
  if (own.length === 0) return `none of IPv${six ? 6 : 4}`
  const more = own.length - MOST_SHOWN
  return [...own.slice(0, MOST_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}

/**
 * The host may get the address yet (an interface that comes up late), so this is no wrong configuration.
 * @throws Fault UNREACHABLE where it does not have it now
 */
export async function requireOwn(address: string | undefined, where: string): Promise<void> {
  const instead = address === undefined ? null : await insteadOf(address)
  if (instead === null) return
  const wanted = `an address of this host (${instead})`
  const repair = 'name one of these, bring its interface up, or leave localAddress out'
  throw new Fault('UNREACHABLE', `localAddress in ${where}`, wanted, `${address}`, repair)
}

/** Asked of the system itself: it knows of addresses that no list shows, such as all of 127.0.0.0/8. */
function canBind(address: string, six: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(six ? 'udp6' : 'udp4')
    const end = (can: boolean) => {
      socket.close()
      resolve(can)
    }
    socket.once('error', () => end(false))
    socket.bind({ address, port: 0, exclusive: true }, () => end(true))
  })
}
