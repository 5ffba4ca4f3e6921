import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** A reflector that holds ports on loopback, and a site file that names it alone. */
async function lab() {
  const folder = temporaryDirectory()
  const keys = `${folder}/keys.json`
  const made = await run(['reflector', 'keys', 'add', 'test', '--keys', keys])
  const key = /test:\S+/.exec(made.out)?.[0]
  const where = ['--listen', '127.0.0.1:0', '--keys', keys]
  const reflector = start(['reflector', 'run', ...where, '--respond', 'pureconnect-rcm'])
  const said = await reflector.says(/listening on 127\.0\.0\.1 port \d+/)
  const port = /listening on 127\.0\.0\.1 port (\d+)/.exec(said)?.[1]
  const site = `${folder}/site.yaml`
  const primary = `{ reflector: 127.0.0.1, port: ${port}, key: "${key}" }`
  const head = 'format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\n'
  writeFileSync(site, `${head}farEnds:\n  primary: ${primary}\n`)
  return { folder, site, said }
}

test('the matrix fits a hundred columns, names each row, and cannot say without a second data centre', async () => {
  const { folder, site, said } = await lab()
  expect(said).toMatch(/responder holds \d+ of 244 ports at 127\.0\.0\.1/)
  const ticket = `${folder}/ticket`
  const { code, out, err } = await run(['ports', '--site', site, '--firewall-ticket', ticket])
  const lines = out.split('\n')
  expect(lines.filter((line) => line.length > 100)).toEqual([])
  for (const id of ['RCM-01', 'RCM-11', 'MON-SRV-15', 'MON-HW-06', 'MAINT-04'])
    expect(lines.some((line) => line.startsWith(`${id} `))).toBe(true)
  expect(lines.find((line) => line.startsWith('RCM-06 '))).toMatch(/open +- +no far end +-$/)
  expect(out).toContain('CANNOT SAY')
  expect(code).toBe(2)
  // No terminal, so no progress; the note on the files alone.
  expect(err).toBe(`wrote ${ticket}.csv and ${ticket}.txt\n`)
  expect(readFileSync(`${ticket}.csv`, 'utf8')).toBe(
    'request,source,destination,protocol,ports,why,rows\r\n',
  )
})

test('its document names the command that looks at a row again as it runs', async () => {
  const { site } = await lab()
  const { out } = await run(['ports', '--site', site, '--only', 'MON-HW-06', '--json'])
  expect(out).toContain(`; then: voip-ready check --site ${site} --only MON-HW-06`)
  expect(out).not.toContain('--site FILE')
})

test('a row that the profile does not have is a wrong usage, before anything is tried', async () => {
  const { site } = await lab()
  const { code, err } = await run(['ports', '--site', site, '--only', 'LCM-77'])
  expect(code).toBe(3)
  expect(err).toContain('LCM-77')
})

test('a port that the reflector itself mirrors SIP on is not laid on another process', async () => {
  const folder = temporaryDirectory()
  const keys = `${folder}/keys.json`
  await run(['reflector', 'keys', 'add', 'test', '--keys', keys])
  // An address of its own: other tests hold 5060 at the usual one.
  const where = ['--listen', '127.0.0.77:0', '--keys', keys, '--sip-port', '5060']
  const reflector = start(['reflector', 'run', ...where, '--respond', 'pureconnect-rcm'])
  const said = await reflector.says(/listening on 127\.0\.0\.77/)
  expect(said).toMatch(
    /not listening \(this reflector mirrors SIP there: leave out --sip-port 5060 to hold it\): (tcp|udp) 127\.0\.0\.77 5060/,
  )
  expect(said).not.toContain('another process holds it')
})
