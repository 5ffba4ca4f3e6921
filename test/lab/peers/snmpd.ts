import { mkdirSync, writeFileSync } from 'node:fs'
import { requireProgram } from '../command.ts'
import type { Lab } from '../topology.ts'
import { listening, type Peer } from './peer.ts'

/** dot3StatsDuplexStatus of EtherLike-MIB (RFC 3635). */
export const DUPLEX_OID = '.1.3.6.1.2.1.10.7.2.1.19'
const DUPLEX = { unknown: 1, half: 2, full: 3 } as const

export type Duplex = keyof typeof DUPLEX

/** A user of SNMP v3 with authentication (SHA) and privacy (AES). */
export interface SnmpUser {
  readonly name: string
  readonly authKey: string
  readonly privacyKey: string
}

/**
 * An SNMP v1/v2c agent (community `public`), for v3 too where a user is given, with the real interfaces of `host`, and a duplex
 * status for each interface named: a switch, as far as a probe can tell.
 */
export async function startSnmpd(
  lab: Lab,
  host: string,
  duplex: Readonly<Record<string, Duplex>>,
  user?: SnmpUser,
): Promise<Peer> {
  const folder = lab.file(`${host}-snmpd`)
  mkdirSync(folder)
  const script = `${folder}/duplex.sh`
  const indices = await interfaceIndices(lab, host)
  writeFileSync(script, passScript(duplex, indices))
  writeFileSync(
    `${folder}/snmpd.conf`,
    `rocommunity public\nrocommunity6 public\npass ${DUPLEX_OID} /bin/sh ${script}\n${userLines(user)}`,
  )
  const child = lab.spawn(
    host,
    [
      requireProgram('snmpd'),
      ...['-f', '-Lo', '-C', '-c', `${folder}/snmpd.conf`, '-p', `${folder}/pid`],
      ...['udp:161', 'udp6:161'],
    ],
    { env: { SNMP_PERSISTENT_DIR: folder, MIBS: '' } },
  )
  const peer = { host, child }
  await listening(lab, peer, 'udp', 161)
  return peer
}

function userLines(user: SnmpUser | undefined): string {
  if (user === undefined) return ''
  const { name, authKey, privacyKey } = user
  return `createUser ${name} SHA "${authKey}" AES "${privacyKey}"\nrouser ${name} priv\n`
}

/** Interface name (the neighbour's) to ifIndex. */
export async function interfaceIndices(
  lab: Lab,
  host: string,
): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await lab.run(host, ['ip', '-j', 'link'])
  const links = JSON.parse(stdout) as readonly { ifname: string; ifindex: number }[]
  return Object.fromEntries(links.map(({ ifname, ifindex }) => [ifname, ifindex]))
}

/** snmpd's `pass` protocol: -g OID for that row, -n OID for the next; three lines, or none. */
function passScript(
  duplex: Readonly<Record<string, Duplex>>,
  indices: Readonly<Record<string, number>>,
): string {
  const rows = Object.entries(duplex)
    .map(([iface, status]) => {
      const index = indices[iface]
      if (index === undefined) throw new Error(`there is no interface ${iface} to give a duplex`)
      return { index, status: DUPLEX[status] }
    })
    .sort((a, b) => a.index - b.index)
  const answer = (row: { index: number; status: number }) =>
    `printf '%s\\n' ${DUPLEX_OID}.${row.index} integer ${row.status}; exit 0`
  const gets = rows.map((row) => `  ${DUPLEX_OID}.${row.index}) ${answer(row)} ;;`)
  const nexts = rows.map((row) => `[ "$row" -lt ${row.index} ] && { ${answer(row)}; }`)
  return `#!/bin/sh
if [ "$1" = -g ]; then
  case "$2" in
${gets.join('\n')}
  esac
  exit 0
fi
row=\${2#${DUPLEX_OID}}
row=\${row#.}
row=\${row:-0}
${nexts.join('\n')}
exit 0
`
}
