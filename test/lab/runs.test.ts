import { writeFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { addressOf, startReflectors, VOIP_READY } from '../scenarios/story.ts'
import { labTest } from './scenario.ts'
import { createLab, type Lab } from './topology.ts'

/** The site's router: everything leaves with its own address, and nothing new comes in. */
const MASQUERADE = `
table ip nat {
  chain post { type nat hook postrouting priority 100; oifname "r2" masquerade; }
}
table ip filter {
  chain in { type filter hook forward priority 0; iifname "r2" ct state new drop; }
}`

describe('runs on demand', () => {
  labTest(
    'reach an agent behind NAT by the question that it keeps open, and end with findings',
    async () => {
      const lab = await createLab()
      try {
        await behindNat(lab)
      } finally {
        await lab.destroy()
      }
    },
    300_000,
  )
})

async function behindNat(lab: Lab): Promise<void> {
  await lab.nft('r1', MASQUERADE)
  const reflectors = await startReflectors(lab)
  const dc = lab.address('dc1').ipv4
  const serving = ['--listen', `${dc}:8460`, '--data', lab.file('collector'), '--insecure-http']
  const collector = (...words: readonly string[]) => [...VOIP_READY, 'collector', ...words]
  await lab.spawn('dc1', collector(...serving)).until(/listening/, 60_000)
  const made = await lab.run('dc1', collector('enrol', 'create', '--site', 'leeds', ...serving))
  const line = /'([^']+)'/.exec(made.stdout)?.[1] ?? ''
  const state = ['--state', lab.file('agent')]
  await lab.run('site', [...VOIP_READY, 'agent', 'enrol', line, ...state, '--insecure-http'])
  writeFileSync(lab.file('plan.json'), JSON.stringify(planOf(lab, reflectors.key)))
  await lab.run('dc1', collector('plan', 'put', 'leeds', lab.file('plan.json'), ...serving))
  const agent = lab.spawn('site', [...VOIP_READY, 'agent', ...state])
  await agent.until(/measures by its plan/)
  // Nobody out there can open anything towards it.
  const site = lab.address('site').ipv4
  await expect(lab.run('dc1', ['ping', '-c', '1', '-W', '1', site])).rejects.toThrow()
  const seconds: number[] = []
  for (const kind of ['media', 'path']) {
    const asked = ['run', 'ask', 'leeds', kind, '--seconds', '2', '--json', ...serving]
    const run = await lab.run('dc1', collector(...asked), { timeoutMs: 90_000, mayFail: true })
    const answer = JSON.parse(run.stdout) as {
      readonly id: string
      readonly state: string
      readonly askedAt: string
      readonly judged: { readonly findings: readonly { readonly verdict: string }[] } | null
    }
    expect(answer.state, run.stderr).toBe('done')
    expect(answer.judged?.findings.some(({ verdict }) => verdict === 'pass')).toBe(true)
    const begun = new RegExp(`^(\\S+) info .*is allowed and begins \\(run=${answer.id}`, 'm')
    const beganMs = Date.parse(begun.exec(agent.output())?.[1] ?? '')
    seconds.push((beganMs - Date.parse(answer.askedAt)) / 1000)
  }
  console.log(`from POST to started behind NAT: ${seconds.join(' s, ')} s`)
  // A question asked anew each minute would take longer than this more often than not.
  expect(Math.max(...seconds)).toBeLessThan(20)
}

function planOf(lab: Lab, key: string): object {
  const end = (name: 'primary' | 'secondary') => {
    const [reflector, port] = addressOf(lab, name).split(':')
    return { reflector, port: Number(port), key }
  }
  return {
    ...{ format: 'voip-ready/plan/1', profile: 'pureconnect-rcm' },
    site: {
      ...{ format: 'voip-ready/site/1', site: 'leeds', profile: 'pureconnect-rcm' },
      farEnds: { primary: end('primary'), secondary: end('secondary') },
    },
    schedule: { checksEveryMs: null },
    caps: { consent: ['path', 'media'] },
  }
}
