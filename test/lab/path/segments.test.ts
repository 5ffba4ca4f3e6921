import { writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { CheckResult } from '../../../config/check-result.ts'
import { scenario } from '../scenario.ts'
import { MAIN, reflectorAt } from './far-end.ts'

scenario(
  'loss and a bleached mark in one segment are named with it, and its neighbours are not blamed',
  { impaired: [] },
  async (lab) => {
    const keys = {
      lan: await reflectorAt(lab, 'r1'),
      access: await reflectorAt(lab, 'r2'),
      far: await reflectorAt(lab, 'dc1'),
    }
    const site = lab.file('site.yaml')
    const at = (host: string) => lab.address(host).ipv4
    writeFileSync(
      site,
      [
        'format: voip-ready/site/1',
        'site: leeds',
        'profile: pureconnect-rcm',
        `farEnds: { primary: { reflector: ${at('dc1')}, key: "${keys.far.text}" } }`,
        'segments:',
        `  - { name: lan, reflector: ${at('r1')}, key: "${keys.lan.text}", owner: Customer }`,
        `  - { name: access, reflector: ${at('r2')}, key: "${keys.access.text}", owner: Carrier }`,
      ].join('\n'),
    )
    // What arrives at r2 from r1, for itself or to be forwarded: the second segment. By turn and not by
    // chance, which now and then would leave a hop of the path without any answer.
    const lossy = 'iifname "r1" udp dport 4000 numgen inc mod 5 0 drop;'
    const bleach = 'iifname "r1" udp dport 4000 ip dscp set cs0;'
    await lab.nft(
      'r2',
      `table ip t { chain c { type filter hook prerouting priority -150; ${bleach} ${lossy} } }`,
    )
    const argv = ['check', '--site', site, '--only', 'VRN-5,VRN-6', '--duration', '15s', '--json']
    const { stdout } = await lab.run('site', [process.execPath, MAIN, ...argv], {
      mayFail: true,
      timeoutMs: 60_000,
    })
    const { judgement } = JSON.parse(stdout) as CheckResult
    const out = judgement.findings.filter((f) => f.leg === 'out' && f.farEnd === 'primary')
    const verdicts = Object.fromEntries(
      out.filter((f) => f.id === 'VRN-6').map((f) => [f.segment ?? 'whole', f.verdict]),
    )
    expect(verdicts).toMatchObject({ whole: 'fail', access: 'fail' })
    expect(verdicts.lan).not.toBe('fail')
    expect(verdicts['to-primary']).not.toBe('fail')
    const access = out.find((f) => f.segment === 'access')
    expect(access?.detail).toContain('segment access (Carrier) out')
    // Every fifth of all streams together is near a fifth of each.
    expect(access!.interval![0]).toBeLessThan(0.23)
    expect(access!.interval![1]).toBeGreaterThan(0.17)
    const mark = out.find((f) => f.id === 'VRN-5')
    expect(mark).toMatchObject({ verdict: 'fail', reason: 'mark-changed' })
    expect(mark?.detail).toContain('lost in segment access (Carrier)')
    expect(mark?.detail).toMatch(/path: EF -> CS0 between hop 1 \S+ and hop 2/)
  },
)
