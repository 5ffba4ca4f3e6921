import type { Observation } from '../../../shared/record/kinds.ts'
import type { JudgeInput } from '../../../shared/verdict/judge.ts'
import {
  answer,
  dhcp,
  dns,
  dnsBoth,
  hexOf,
  NAMING_PROFILE,
  NAMING_SITE,
  reply,
} from './naming-scenes.ts'

type Case = readonly [observations: readonly Observation[], change: Partial<JudgeInput>]

const HERE = { profile: NAMING_PROFILE, site: NAMING_SITE }
const obstacle = (code: 'not-permitted' | 'port-taken' | 'no-interface') =>
  dhcp({ obstacle: { code, detail: '' }, replies: [] })
const gone = { addresses: [] as string[] }

/** A scene for each reason of DNS and DHCP lines. */
export const NAMING_CASES = {
  'as-wanted': [[dns()], HERE],
  'absent-as-allowed': [[dhcp({ replies: [reply({ 132: null })] })], HERE],
  'accepted-with-warning': [[dhcp({ replies: [reply({ 132: '0fff' })] })], HERE],
  'dns-wrong-value': [[dnsBoth('one.svc.local', { addresses: ['192.0.2.9'] })], HERE],
  'dns-no-such-name': [
    [dnsBoth('one.svc.local', { ...gone, outcome: 'nxdomain', rcode: 3 })],
    HERE,
  ],
  'dns-empty': [[dnsBoth('one.svc.local', { ...gone, outcome: 'empty' })], HERE],
  'dns-extra': [[dnsBoth('one.svc.local', { addresses: ['192.0.2.1', '192.0.2.9'] })], HERE],
  'dns-server-error': [
    [dnsBoth('one.svc.local', { ...gone, outcome: 'servfail', rcode: 2 })],
    HERE,
  ],
  'dns-dangling-target': [
    [dnsBoth('one.svc.local', { ...gone, outcome: 'nxdomain', rcode: 3 })],
    HERE,
  ],
  'dns-disagreement': [[dns({ 'one.svc.local': { addresses: ['192.0.2.9'] } })], HERE],
  'short-name-unproven': [[dns({}, { search: { host: ['home.local'], dhcp: [] } })], HERE],
  'no-dns-server': [[dns({}, { servers: [], answers: [] })], HERE],
  'no-answer': [[dns({ 'one.svc.local': { ...gone, outcome: 'silent', rcode: null } })], HERE],
  'malformed-answer': [
    [dns({ 'one.svc.local': { ...gone, outcome: 'malformed', rcode: null } })],
    HERE,
  ],
  'option-wrong': [[dhcp({ replies: [reply({ 67: hexOf('sip100.img') })] })], HERE],
  'option-missing': [[dhcp({ replies: [reply({ 67: null })] })], HERE],
  'vendor-class-needed': [[dhcp({ vendorClass: null, replies: [reply({ 67: null })] })], HERE],
  'dhcp-servers-differ': [
    [dhcp({ replies: [reply(), reply({ 67: hexOf('other') }, { server: '203.0.113.66' })] })],
    HERE,
  ],
  'zone-not-served': [
    [dhcp({ lookups: [answer('prov.svc.local', { outcome: 'refused', rcode: 5 })] })],
    HERE,
  ],
  'provisioning-unresolved': [
    [dhcp({ lookups: [answer('prov.svc.local', { outcome: 'nxdomain', rcode: 3 })] })],
    HERE,
  ],
  'http-unanswered': [[dhcp({ http: [] })], HERE],
  'not-permitted': [[obstacle('not-permitted')], HERE],
  'port-taken': [[obstacle('port-taken')], HERE],
  'no-interface': [[obstacle('no-interface')], HERE],
} as const satisfies { readonly [reason: string]: Case }
