import { fileURLToPath } from 'node:url'
import type { Lab } from '../topology.ts'

/** What the RTP sender sends: `frames` packets, 20 ms apart, for each of `calls` streams. */
export interface RtpPlan {
  readonly to: string
  readonly port: number
  readonly sourcePort: number
  readonly calls: number
  readonly frames: number
  readonly payloadBytes: number
  readonly dscp: number
  /** Call n has SSRC firstSsrc + n. */
  readonly firstSsrc: number
  readonly firstSequence: number
}

const DEFAULTS = {
  port: 5004,
  sourcePort: 5004,
  calls: 1,
  payloadBytes: 160,
  dscp: 46,
  firstSsrc: 0x1000,
  firstSequence: 65_500,
} as const

const LOADER = new URL('../../support/typescript.mjs', import.meta.url).href
const PROGRAM = fileURLToPath(new URL('rtp-source.ts', import.meta.url))

/** Sends plain RTP from a host to an address and resolves with the number sent, when all were. */
export async function sendRtp(
  lab: Lab,
  from: string,
  plan: Pick<RtpPlan, 'to' | 'frames'> & Partial<RtpPlan>,
): Promise<number> {
  const whole: RtpPlan = { ...DEFAULTS, ...plan }
  const argv = [process.execPath, '--import', LOADER, PROGRAM, JSON.stringify(whole)]
  const { stdout } = await lab.run(from, argv, { timeoutMs: whole.frames * 20 + 60_000 })
  return (JSON.parse(stdout) as { sent: number }).sent
}

/** A host swallows what arrives on a UDP port instead of answering "port unreachable". */
export async function swallow(lab: Lab, host: string, port = DEFAULTS.port): Promise<void> {
  const rule = `type filter hook input priority 0; udp dport ${port} drop;`
  await lab.nft(host, `table inet sink { chain input { ${rule} } }`)
}
