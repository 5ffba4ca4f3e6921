import { writeFileSync } from 'node:fs'
import { requireProgram } from '../command.ts'
import type { Lab } from '../topology.ts'
import { listening, type Peer } from './peer.ts'

export interface SippOptions {
  readonly transport?: 'udp' | 'tcp'
  readonly port?: number
  readonly address?: string
  /** Status line of every answer. Default `200 OK`. */
  readonly status?: string
}

/** A SIP server that answers OPTIONS, one after the other, and nothing else. */
export async function startSipp(lab: Lab, host: string, options: SippOptions = {}): Promise<Peer> {
  const { transport = 'udp', port = 5060, address = lab.address(host).ipv4 } = options
  const scenario = lab.file(`${host}-sipp-${transport}-${port}.xml`)
  writeFileSync(scenario, optionsServer(options.status ?? '200 OK'))
  const child = lab.spawn(
    host,
    [
      requireProgram('sipp'),
      ...['-sf', scenario, '-i', address, '-p', `${port}`, '-t', transport === 'udp' ? 'u1' : 't1'],
      ...['-nostdin', '-skip_rlimit', '-fd', '3600', '-f', '3600'],
    ],
    { env: { TERM: 'dumb' } },
  )
  const peer = { host, child }
  await listening(lab, peer, transport, port)
  return peer
}

function optionsServer(status: string): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="OPTIONS">
  <recv request="OPTIONS"/>
  <send><![CDATA[

    SIP/2.0 ${status}
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]lab[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port];transport=[transport]>
    Allow: OPTIONS
    Content-Length: 0

  ]]></send>
</scenario>
`
}
