import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { describe, expect } from 'vitest'
import type { NetworkSwitch } from '../../shared/profile/site.ts'
import { type LinkObservation, LinkObservationSchema } from '../../shared/record/link.ts'
import { findingAt, judged, siteWith } from '../shared/verdict/scenes.ts'
import { eventually } from './command.ts'
import { startLldpd } from './peers/lldpd.ts'
import { startSnmpd } from './peers/snmpd.ts'
import { scenario } from './scenario.ts'
import type { Lab } from './topology.ts'

const RUNNER = fileURLToPath(new URL('run-link.mjs', import.meta.url))
const SMALL = {
  impaired: [],
  links: [
    ['site', 'sw'],
    ['sw', 'dc1'],
    ['sw', 'dc2'],
  ] as const,
}
const USER = { name: 'voice', authKey: 'authentic-words', privacyKey: 'private-words' }

/** What the probe sees from the site, with these switches in its site file. */
async function look(lab: Lab, switches?: readonly NetworkSwitch[]): Promise<LinkObservation> {
  const farEnds = [
    { farEnd: 'primary', address: lab.address('dc1').ipv4 },
    { farEnd: 'secondary', address: lab.address('dc2').ipv4 },
  ]
  const asked = { farEnds, site: { switches }, lldpSocket: lab.file('site-lldpd.sock') }
  const { stdout } = await lab.run('site', [process.execPath, RUNNER, JSON.stringify(asked)])
  return v.parse(v.tuple([LinkObservationSchema]), JSON.parse(stdout))[0]
}

function verdict(seen: LinkObservation, id: string, site = siteWith()) {
  const finding = findingAt(judged([seen], { site }), id, 'none', 'none')
  return { ruling: `${finding.verdict} ${finding.reason}`, detail: finding.detail }
}

const bySnmp = (lab: Lab, change: object = {}) =>
  ({ address: lab.address('sw').ipv4, version: '2c', community: 'public', ...change }) as const

function byUser(lab: Lab, authKey = USER.authKey): NetworkSwitch {
  const privacy = { protocol: 'aes', key: USER.privacyKey } as const
  const auth = { protocol: 'sha', key: authKey, privacy } as const
  return { address: lab.address('sw').ipv4, version: '3', user: USER.name, auth }
}

describe('the links of a site', () => {
  scenario(
    'a virtual interface alone proves nothing, whatever it says of itself',
    SMALL,
    async (lab) => {
      const seen = await look(lab)
      expect(seen.interfaces).toMatchObject([
        { name: 'sw', towards: ['primary', 'secondary'], medium: 'virtual', duplex: 'full' },
      ])
      expect(verdict(seen, 'VRN-2').ruling).toBe('inconclusive duplex-unseen')
    },
  )

  scenario('a switch with a port at half duplex fails, by v2c and by v3', SMALL, async (lab) => {
    await startSnmpd(lab, 'sw', { site: 'half', dc1: 'full', dc2: 'full' }, USER)
    const [v2, v3] = [await look(lab, [bySnmp(lab)]), await look(lab, [byUser(lab)])]
    expect(v3.switches).toEqual(v2.switches)
    expect(v2.switches).toMatchObject([
      {
        ...{ state: 'read', counts: { full: 2, half: 1, unknown: 0, down: 0 } },
        ports: [{ name: 'site', duplex: 'half' }],
      },
    ])
    const { ruling, detail } = verdict(v2, 'VRN-2')
    expect(ruling).toBe('fail half-duplex')
    expect(detail).toContain('port site half duplex')

    const named = await look(lab, [bySnmp(lab, { ports: ['dc1', 'dc2', 'gone'] })])
    expect(verdict(named, 'VRN-2').ruling).toBe('pass full-duplex')
    expect(verdict(named, 'VRN-2').detail).toContain('not seen: port gone of switch')
  })

  scenario('a switch that does not let us read it proves nothing', SMALL, async (lab) => {
    await startSnmpd(lab, 'sw', { site: 'full' }, USER)
    const wrong = [bySnmp(lab, { community: 'guess' }), byUser(lab, 'another-word')]
    const seen = await look(lab, wrong)
    expect(seen.switches.map(({ state }) => state)).toEqual(['silent', 'refused'])
    expect(verdict(seen, 'VRN-2').ruling).toBe('inconclusive duplex-unseen')
  })

  scenario(
    'LLDP-MED tells the voice VLAN, and is held against the site file',
    SMALL,
    async (lab) => {
      const voice = { vlan: 100, priority: 5, dscp: 46 }
      await startLldpd(lab, 'sw', { iface: 'site', voice })
      await startLldpd(lab, 'site', { iface: 'sw', voice: { ...voice, vlan: 7 } })
      const seen = await eventually('the switch is heard', async () => {
        const found = await look(lab)
        return found.lldp.neighbours[0]?.voice ? found : undefined
      })
      expect(seen.lldp.neighbours[0]?.voice).toEqual({ tagged: true, ...voice })
      expect(verdict(seen, 'VRN-8', siteWith({ voiceVlan: 100 })).ruling).toBe('pass vlan-agrees')
      expect(verdict(seen, 'VRN-8', siteWith({ voiceVlan: 120 })).ruling).toBe(
        'fail vlan-contradiction',
      )
    },
  )
})
