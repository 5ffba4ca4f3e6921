import type { FarEndName } from '../../shared/profile/site.ts'
import type { Lab } from '../lab/topology.ts'
import { FAR_ENDS } from './story.ts'

/** Probe packets of one far end as netfilter counted them where they arrived. */
export interface RtpCounts {
  /** At the data centre. */
  readonly out: number
  /** At the site. */
  readonly back: number
}

/** The first two bits of what UDP carries are RTP's version; the control voice has none. */
const IS_RTP = '@th,64,2 2'

/** Counts from zero; replaces the netfilter rules of the site and the data centres. */
export async function countRtp(lab: Lab, farEnds: readonly FarEndName[]): Promise<void> {
  const back = farEnds.map((name) => `udp sport ${FAR_ENDS[name].port} ${IS_RTP} counter`)
  await lab.nft('site', chain(back))
  for (const name of farEnds) {
    const { host, port } = FAR_ENDS[name]
    await lab.nft(host, chain([`udp dport ${port} ${IS_RTP} counter`]))
  }
}

function chain(rules: readonly string[]): string {
  const hook = 'type filter hook input priority 0;'
  return `table inet lab_count {\nchain c {\n${hook}\n${rules.join('\n')}\n}\n}`
}

export async function readRtpCounts(
  lab: Lab,
  farEnds: readonly FarEndName[],
): Promise<ReadonlyMap<FarEndName, RtpCounts>> {
  const site = await listed(lab, 'site')
  const counts = new Map<FarEndName, RtpCounts>()
  for (const name of farEnds) {
    const { host, port } = FAR_ENDS[name]
    const out = counterOf(await listed(lab, host), `dport ${port}`)
    counts.set(name, { out, back: counterOf(site, `sport ${port}`) })
  }
  return counts
}

async function listed(lab: Lab, host: string): Promise<string> {
  return (await lab.run(host, ['nft', 'list', 'table', 'inet', 'lab_count'])).stdout
}

function counterOf(text: string, rule: string): number {
  const line = text.split('\n').find((one) => one.includes(rule)) ?? ''
  const packets = /packets (\d+)/.exec(line)?.[1]
  if (packets === undefined) throw new Error(`no counter for ${rule} in ${text}`)
  return Number(packets)
}
