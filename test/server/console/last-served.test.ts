import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { portOf } from '../../../server/last-served.ts'
import { type Ended, run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

vi.setConfig({ testTimeout: 120_000 })

const SERVED = {
  ...{ listen: { host: '127.0.0.1', port: 18_460 }, url: null, tlsCert: null, tlsKey: null },
  database: false,
}

function dataWith(text: string): string {
  const data = join(temporaryDirectory(), 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'served.json'), text)
  return data
}

test('commands typed beside a collector reach it as it is served, unless they are told how', async () => {
  const folder = temporaryDirectory()
  const data = join(folder, 'data')
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key]
  const rest = ['-out', cert, '-days', '2', '-subj', '/CN=collector.test']
  execFileSync('openssl', ['req', '-x509', ...ec, ...rest], { stdio: 'ignore' })
  const collector = (...words: string[]) => ['collector', ...words, '--data', data]
  const serve = ['--listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key]
  const running = start(['--json', ...collector(...serve)])
  const url = /"url":"([^"]+)"/.exec(await running.says(/"url":"/))?.[1] ?? ''

  const made = await run(collector('enrol', 'create', '--site', 'leeds'))
  const invitation = /'([^']+)'/.exec(made.out)?.[1] ?? ''
  expect(invitation.split('#')[0]).toBe(url)
  const enrolled = await run(['agent', 'enrol', invitation, '--state', join(folder, 'agent')])
  expect([enrolled.code, enrolled.err]).toEqual([0, ''])
  expect(await run(collector('plan', 'list'))).toMatchObject({ code: 0, err: '' })
  const log = await run(collector('ledger', 'show', '--json'))
  const { origin, vkey } = JSON.parse(log.out) as { readonly origin: string; readonly vkey: string }
  expect(vkey.startsWith(`${origin}+`)).toBe(true)
  const shown = await run(collector('ledger', 'show'))
  expect([shown.code, shown.out]).toEqual([0, expect.stringContaining(`key     ${vkey}\n`)])

  // What the note names is not copied: who wrote it may read less than who makes the copy.
  const copied = join(folder, 'copied')
  expect(await run(collector('backup', copied))).toMatchObject({ code: 0 })
  expect(readdirSync(copied)).not.toContain('tls')
  // Two days are few: it looked at the certificate, and at the port.
  const { out: checked } = await run(collector('doctor'))
  expect(checked).toMatch(/certificate +doubtful/)
  expect(checked).toContain('a collector runs on this')

  const named = ['--url', 'https://noc.example:8460']
  const typed = await run(collector('enrol', 'create', '--site', 'york', ...named))
  expect(typed.out).toContain("'https://noc.example:8460#")
  expect(typed.err).toContain('No pin')

  // A certificate of its own making is trusted where it is named, and nobody is sent to look for a firewall.
  const time = ['--from', '2026-03-02T06:00Z', '--to', '2026-03-02T06:15Z']
  const whole = [
    'bundle',
    '--site',
    'leeds',
    ...time,
    '--collector',
    url,
    '--out',
    join(folder, 'b'),
  ]
  for (const words of [whole, collector('plan', 'list', '--url', url)]) {
    const strange = await run(words)
    expect([strange.code, strange.err]).toEqual([4, expect.stringContaining('--tls-cert FILE')])
  }
  const wrong = await run([...whole, '--tls-cert', key])
  expect([wrong.code, wrong.err]).toEqual([3, expect.stringContaining('a certificate (PEM)')])
  expect((await run([...whole, '--tls-cert', cert])).err).toContain('No site of this name')
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
  // It is stopped, and is asked for where it was.
  expect((await run(collector('plan', 'list'))).err).toContain(url)
})

test('a collector on the usual port of its scheme is noted with it', () => {
  const urls = [
    'https://127.0.0.1:443',
    'https://[::1]:443',
    'http://10.0.0.1:80',
    'https://a.b:80',
  ]
  expect(urls.map(portOf)).toEqual([443, 443, 80, 80])
})

test('an agent is not sent to "all addresses of this host"', async () => {
  const data = join(temporaryDirectory(), 'data')
  const listen = ['--listen', '0.0.0.0:8460', '--data', data]
  const made = await run(['collector', 'enrol', 'create', '--site', 'leeds', ...listen])
  expect([made.code, made.out]).toEqual([3, ''])
  expect(made.err).toContain('http://noc.example:8460')
})

test('beside a collector on a PostgreSQL no other store is made for want of --database', async () => {
  const data = dataWith(JSON.stringify({ ...SERVED, database: true }))
  const asked = (...words: string[]): Promise<Ended> => run(['collector', ...words, '--data', data])
  const made = await asked('tokens', 'add', '--viewer', 'ann')
  expect([made.code, made.out]).toEqual([3, ''])
  expect(made.err).toContain('--database or DATABASE_URL')
  expect(readdirSync(data)).toEqual(['served.json'])
  const elsewhere = await asked('tokens', 'list', '--database', 'postgres://127.0.0.1:1/none')
  expect([elsewhere.code, elsewhere.err]).toEqual([4, expect.stringContaining('127.0.0.1:1')])
})

test.each(['no json', '{}', '[]', JSON.stringify({ ...SERVED, more: 1 })])(
  'what stands there and is none of ours is passed over: %s',
  async (text) => {
    const made = await run([
      'collector',
      'enrol',
      'create',
      '--site',
      'leeds',
      '--data',
      dataWith(text),
    ])
    expect([made.code, made.out]).toEqual([0, expect.stringContaining("'http://127.0.0.1:8460#")])
  },
)
