// The Debian packages that the tests need, and how to get them. Plain Node, no dependencies: the
// test runner calls this before anything else is there. The table is also what a peer that finds
// its program missing quotes, so a package is named in one place only.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @typedef {{ name: string, programs: readonly string[], why: string }} Package */

/** @type {readonly Package[]} `programs`: all must be found, or the package counts as missing. */
export const PACKAGES = [
  { name: 'iproute2', programs: ['ip', 'tc'], why: 'network namespaces' },
  { name: 'iputils-ping', programs: ['ping'], why: 'reachability and TTL' },
  { name: 'nftables', programs: ['nft'], why: 'bleaching, NAT and loss on a router' },
  { name: 'util-linux', programs: ['setpriv'], why: 'children that die with their parent' },
  { name: 'tcpdump', programs: ['tcpdump'], why: 'captures' },
  { name: 'tshark', programs: ['tshark'], why: 'a second opinion on RTP' },
  { name: 'irtt', programs: ['irtt'], why: 'a peer to measure beside' },
  { name: 'dnsmasq-base', programs: ['dnsmasq'], why: 'DNS and DHCP server' },
  { name: 'sip-tester', programs: ['sipp'], why: 'SIP OPTIONS responder' },
  { name: 'chrony', programs: ['chronyd', 'chronyc'], why: 'NTP server' },
  { name: 'snmpd', programs: ['snmpd'], why: 'SNMP agent of a switch' },
  { name: 'snmp', programs: ['snmpget'], why: 'SNMP client' },
  { name: 'lldpd', programs: ['lldpd', 'lldpcli'], why: 'LLDP-MED neighbour' },
  { name: 'prometheus', programs: ['prometheus', 'promtool'], why: 'scraping and rules' },
  {
    name: 'prometheus-alertmanager',
    programs: ['prometheus-alertmanager', 'amtool'],
    why: 'alert delivery',
  },
  { name: 'postgresql-15', programs: ['initdb', 'postgres'], why: 'the second store' },
  { name: 'docker-compose', programs: ['docker-compose'], why: 'reading the compose file' },
  { name: 'faketime', programs: ['faketime'], why: 'clock faults' },
  { name: 'chromium', programs: ['chromium'], why: 'the screens in a browser' },
  {
    name: 'poppler-utils',
    programs: ['pdftotext', 'pdftoppm'],
    why: 'reports as a person reads them',
  },
]

/** Folders beside PATH where Debian keeps programs that a plain user's PATH does not name. */
function programFolders() {
  const postgres = '/usr/lib/postgresql'
  const versions = existsSync(postgres) ? readdirSync(postgres) : []
  return [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/sbin',
    ...versions.map((version) => join(postgres, version, 'bin')),
  ]
}

/**
 * Where a program lies, or undefined.
 * @param {string} program
 * @returns {string | undefined}
 */
export function findProgram(program) {
  for (const folder of programFolders()) {
    const path = join(folder, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // not here, look in the next folder
    }
  }
  return undefined
}

/** @returns {readonly Package[]} the packages of which a program was not found. */
export function missingPackages() {
  return PACKAGES.filter(({ programs }) => programs.some((program) => !findProgram(program)))
}

/**
 * Installs what is missing when run by root on Debian; otherwise says loudly what is missing.
 * Services are not started. Never throws: the tests that need a missing program name it again.
 * @returns {readonly string[]} names of the packages still missing
 */
export function ensurePackages() {
  const wanted = missingPackages()
  if (wanted.length === 0) return []
  const root = process.getuid?.() === 0
  if (root && existsSync('/etc/debian_version')) install(wanted.map(({ name }) => name))
  const missing = missingPackages()
  if (missing.length > 0) announce(missing)
  return missing.map(({ name }) => name)
}

/** @param {readonly string[]} names */
function install(names) {
  console.error(`installing ${names.join(' ')} (Debian packages that the tests need)`)
  const unguard = forbidServiceStarts()
  try {
    apt(['update', '-q'])
    if (apt(['install', ...INSTALL_OPTIONS, ...names])) return
    // One name unknown to this release must not keep the others away.
    for (const name of names) apt(['install', ...INSTALL_OPTIONS, name])
  } finally {
    unguard()
  }
}

const INSTALL_OPTIONS = ['-q', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0']

/** @param {readonly string[]} args */
function apt(args) {
  const run = spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' },
    timeout: 15 * 60_000,
  })
  if (run.status === 0) return true
  const tail = `${run.stdout ?? ''}${run.stderr ?? ''}`.trim().split('\n').slice(-5).join('\n')
  console.error(`apt-get ${args.join(' ')} failed:\n${tail || run.error?.message}`)
  return false
}

/** Debian asks policy-rc.d before it starts a service; 101 means "not allowed". */
function forbidServiceStarts() {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return () => {}
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(policy, { force: true })
}

/** @param {readonly Package[]} missing */
function announce(missing) {
  console.error('MISSING PACKAGES: tests that need them will be skipped, or fail when CI=true')
  for (const { name, why } of missing) console.error(`  ${name}: ${why}`)
  console.error(`  as root on Debian: apt-get install ${missing.map(({ name }) => name).join(' ')}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = ensurePackages().length === 0 ? 0 : 1
}
