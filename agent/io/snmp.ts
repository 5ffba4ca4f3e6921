import { createSocket, type Socket, type SocketType } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Options, Session, User, Varbind } from 'net-snmp'
import type { NetworkSwitch } from '../../shared/profile/site.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'

/** Why a switch gave no rows. */
export interface SnmpFailure {
  readonly state: 'silent' | 'refused' | 'malformed'
  readonly detail: string
}

/** Rows of one column by their index: the part of the object's name after the column's own. */
export type SnmpColumn = ReadonlyMap<string, number | string>

export interface SnmpReader {
  /** Walks one column of a table. An empty column is an answer: the agent has no such object. */
  column(oid: string): Promise<Result<SnmpColumn, SnmpFailure>>
  close(): void
}

const ASK_AGAIN_MS = 1000
const TRIES_AGAIN = 1
const COLUMN_WITHIN_MS = 5000
const ROWS_A_TIME = 24
/** More than any switch has ports; a walk that never ends is cut here. */
const MOST_ROWS = 2048

/**
 * A reader of one switch (SNMP v2c, or v3 as RFC 3414). Never throws for what comes from the network:
 * whatever the library cannot bear in an answer is `malformed`, and what a stranger sends is dropped.
 */
export async function openSnmp(target: NetworkSwitch): Promise<SnmpReader> {
  const { default: snmp } = await import('net-snmp')
  const faults = new Set<(why: string) => void>()
  const onFault = (error: unknown) => {
    for (const fault of faults) fault((error as Error).message ?? 'unreadable')
  }
  const options: Options = {
    port: target.port ?? 161,
    version: target.version === '3' ? snmp.Version3 : snmp.Version2c,
    transport: isIPv6(target.address) ? 'udp6' : 'udp4',
    timeout: ASK_AGAIN_MS,
    retries: TRIES_AGAIN,
    idBitsSize: 32,
    dgramModule: { createSocket: (type) => guarded(type, target.address, onFault) },
  }
  const session =
    target.version === '3'
      ? snmp.createV3Session(target.address, userOf(target, snmp), options)
      : snmp.createSession(target.address, target.community, options)
  session.on('error', onFault)
  return {
    column: (oid) => readColumn(session, oid, faults, (row) => !snmp.isVarbindError(row)),
    close: () => session.close(),
  }
}

type V3 = Extract<NetworkSwitch, { version: '3' }>

function userOf({ user, auth }: V3, snmp: typeof import('net-snmp').default): User {
  if (auth === undefined) return { name: user, level: snmp.SecurityLevel.noAuthNoPriv }
  const authentic = {
    name: user,
    authProtocol: snmp.AuthProtocols[auth.protocol],
    authKey: auth.key,
  }
  const { privacy } = auth
  if (privacy === undefined) return { ...authentic, level: snmp.SecurityLevel.authNoPriv }
  return {
    ...authentic,
    level: snmp.SecurityLevel.authPriv,
    privProtocol: snmp.PrivProtocols[privacy.protocol],
    privKey: privacy.key,
  }
}

/**
 * The library reads answers inside the socket's own event, where a throw would end the process. So
 * its listener is put behind one that catches, and that lets nobody else's datagrams through.
 */
function guarded(type: SocketType, peer: string, onFault: (error: unknown) => void): Socket {
  const socket = createSocket(type)
  const on = socket.on.bind(socket) as (name: string, listener: (...a: never[]) => void) => Socket
  socket.on = ((name: string, listener: (...args: unknown[]) => void) => {
    if (name !== 'message') return on(name, listener)
    return on(name, (bytes: Buffer, from: { readonly address: string }) => {
      if (!sameAddress(from.address, peer)) return
      try {
        listener(bytes, from)
      } catch (error) {
        onFault(error)
      }
    })
  }) as Socket['on']
  return socket
}

function sameAddress(a: string, b: string): boolean {
  const plain = (text: string) => (isIPv6(text) ? new URL(`http://[${text}]`).hostname : text)
  return plain(a.split('%')[0] ?? a) === plain(b.split('%')[0] ?? b)
}

function readColumn(
  session: Session,
  oid: string,
  faults: Set<(why: string) => void>,
  isRow: (varbind: Varbind) => boolean,
): Promise<Result<SnmpColumn, SnmpFailure>> {
  const rows = new Map<string, number | string>()
  let fed = 0
  return new Promise((resolve) => {
    const end = (result: Result<SnmpColumn, SnmpFailure>) => {
      clearTimeout(timer)
      faults.delete(malformed)
      resolve(result)
    }
    const malformed = (why: string) => end(refuse({ state: 'malformed', detail: short(why) }))
    const timer = setTimeout(() => malformed('no end of the answers'), COLUMN_WITHIN_MS)
    faults.add(malformed)
    const feed = (varbinds: readonly Varbind[]) => {
      for (const varbind of varbinds) {
        const value = plainValue(varbind.value)
        if (!isRow(varbind) || !varbind.oid.startsWith(`${oid}.`) || value === undefined) continue
        rows.set(varbind.oid.slice(oid.length + 1), value)
      }
      fed += varbinds.length
      return fed >= MOST_ROWS
    }
    try {
      session.subtree(oid, ROWS_A_TIME, feed, (error) =>
        end(error ? refuse(failureOf(error)) : ok(rows)),
      )
    } catch (error) {
      malformed((error as Error).message)
    }
  })
}

function plainValue(value: unknown): number | string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (!Buffer.isBuffer(value)) return undefined
  return value
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 64)
}

function failureOf(error: Error): SnmpFailure {
  if (error.name === 'RequestTimedOutError') {
    const detail = 'no answer: wrong address or community, or UDP 161 is closed on the way'
    return { state: 'silent', detail }
  }
  const refused = /auth|user|decrypt|security|digest|permission/i.test(error.message)
  return { state: refused ? 'refused' : 'malformed', detail: short(error.message) }
}

function short(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 120)
}
