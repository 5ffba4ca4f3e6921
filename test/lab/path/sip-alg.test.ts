import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SipAlgObservation } from '../../../shared/record/sip-alg.ts'
import { labObstacle } from '../scenario.ts'
import { createLab, type Lab } from '../topology.ts'
import { type LabKey, pathFrom, reflectorAt } from './far-end.ts'

/** A real gateway on r2 takes what goes to port 5060 of dc1 (by DNAT) and rewrites it. */
const obstacle = labObstacle()
if (obstacle !== undefined) console.warn(`SKIPPED SIP gateways: ${obstacle}`)

const GATEWAY = fileURLToPath(new URL('./sip-gateway.mjs', import.meta.url))
const PUBLIC = '203.0.113.9'

describe.runIf(obstacle === undefined || process.env.CI === 'true')('a SIP gateway', () => {
  let lab: Lab
  let key: LabKey

  beforeAll(async () => {
    lab = await createLab()
    key = await reflectorAt(lab, 'dc1', '0.0.0.0:4000', '--sip-port', '5060')
  })
  afterAll(() => lab?.destroy())

  async function look(more: readonly string[] = []): Promise<SipAlgObservation> {
    const argv = ['--primary', `${lab.address('dc1').ipv4}:4000`, '--key', key.text]
    const { sip } = await pathFrom(lab, [...argv, '--count', '1', ...more])
    if (sip === undefined) throw new Error('no observation of SIP')
    return sip
  }

  async function withGateway(legs: string): Promise<SipAlgObservation> {
    const own = lab.address('r2').ipv4
    const [site, far] = [lab.address('site').ipv4, lab.address('dc1').ipv4]
    const argv = [GATEWAY, own, '5999', far, '5060', site, PUBLIC, legs]
    const gateway = lab.spawn('r2', [process.execPath, ...argv])
    await gateway.until(/ready/)
    const rule = `ip daddr ${far} udp dport 5060 dnat to ${own}:5999;`
    await lab.nft(
      'r2',
      `table ip t { chain c { type nat hook prerouting priority -100; ${rule} } }`,
    )
    try {
      return await look()
    } finally {
      await lab.nft('r2', '')
      await gateway.stop('SIGKILL')
    }
  }
  const legsOf = (sip: SipAlgObservation) =>
    sip.asks[0]!.rewritten.map(({ field, leg }) => `${field} ${leg}`)

  test('a clean way: UDP, TCP and the reflector’s own port bring back what was sent; no NAT', async () => {
    const { asks } = await look()
    expect(asks.map(({ transport, port, result }) => `${transport} ${port} ${result}`)).toEqual([
      'udp 5060 mirrored',
      'tcp 5060 mirrored',
      'udp 4000 mirrored',
    ])
    for (const { rewritten, own, seen } of asks) {
      expect(rewritten).toEqual([])
      expect(seen).toEqual(own)
    }
  })

  test('rewritten on the way out alone', async () => {
    const sip = await withGateway('out')
    expect(sip.asks[0]).toMatchObject({ result: 'mirrored' })
    expect(legsOf(sip)).toEqual(['contact out', 'sdp o= out', 'sdp c= out'])
    expect(sip.asks[0]!.rewritten[2]).toMatchObject({
      sent: `c=IN IP4 ${lab.address('site').ipv4}`,
      returned: `c=IN IP4 ${PUBLIC}`,
    })
    expect(sip.asks[2]).toMatchObject({ result: 'mirrored', rewritten: [] })
  })

  test('rewritten out and undone on the way back, as gateways do, is seen all the same', async () => {
    expect(legsOf(await withGateway('out,back'))).toEqual([
      'contact there-and-back',
      'sdp o= there-and-back',
      'sdp c= there-and-back',
    ])
  })

  test('NAT is seen by address and port', async () => {
    const far = `ip daddr ${lab.address('dc1').ipv4}`
    const nat = `chain c { type nat hook postrouting priority 100; oifname "r2" ${far} masquerade; }`
    await lab.nft('r1', `table ip t { ${nat} }`)
    const { asks } = await look()
    await lab.nft('r1', '')
    expect(asks[2]!.seen).toMatchObject({ address: lab.address('r1', 'r2').ipv4 })
    expect(asks[2]!.own).toMatchObject({ address: lab.address('site').ipv4 })
  })

  test('the zone of a link-local address is this host’s own word: it is no NAT, and goes onto no wire', async () => {
    const shown = await lab.run('r1', [
      'ip',
      '-6',
      '-o',
      'addr',
      'show',
      'dev',
      'site',
      'scope',
      'link',
    ])
    const literal = /fe80:[0-9a-f:]+/.exec(shown.stdout)?.[0] ?? ''
    const own = await reflectorAt(lab, 'r1', `[${literal}%site]:4000`)
    const argv = ['--primary', `${literal}%r1`, '--key', own.text, '--count', '1']
    const { sip, path } = await pathFrom(lab, argv)
    expect(path.reached).toBe(true)
    const ask = sip?.asks[2]
    expect(ask).toMatchObject({ result: 'mirrored', rewritten: [] })
    expect(ask?.own?.address).toMatch(/^fe80:[0-9a-f:]+$/)
    expect(ask?.seen).toEqual(ask?.own)
  })

  test('a filter on SIP’s port is silence there, and nothing is said of gateways', async () => {
    const rule = 'udp dport 5060 drop; tcp dport 5060 reject with tcp reset;'
    await lab.nft('r2', `table ip t { chain c { type filter hook forward priority 0; ${rule} } }`)
    const { asks } = await look()
    await lab.nft('r2', '')
    expect(asks.map(({ result }) => result)).toEqual(['silent', 'refused', 'mirrored'])
  })
})
