import { expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { expandPorts } from '../../../shared/profile/ports.ts'
import type { PortsObservation } from '../../../shared/record/ports.ts'
import { group } from '../../shared/verdict/port-looks.ts'
import { GOOD_LEG, lossOf, stream } from '../../shared/verdict/scenes.ts'
import { LOOK_AGAIN, openTab } from '../../support/browser.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

/** A look at every port that the profile names, over a remote-access circuit. */
async function openPorts(farEnd: 'primary' | 'secondary'): Promise<PortsObservation> {
  const { profile } = await loadProfile('pureconnect-rcm')
  const pairs = profile.requirements.flatMap((row) =>
    row.kind === 'ports' ? expandPorts(row) : [],
  )
  const open = (['tcp', 'udp'] as const).map((proto) => {
    const ports = pairs.filter((pair) => pair.proto === proto).map(({ port }) => port)
    const of = [...new Set(ports)].sort((a, b) => a - b)
    return group('open', { proto, ports: of })
  })
  const legs = { out: open, back: open }
  return {
    ...{ kind: 'ports', farEnd, target: '192.0.2.1', responder: 'answers', path: 'RVA' },
    ...{ from: START, to: START + MINUTE / 2, legs },
  }
}

test('lines that say the same are one row whose names can be had, and what fails says how it is read', async () => {
  const collector = await testCollector()
  const lossy = { ...GOOD_LEG, loss: lossOf(600) }
  const observations = [
    stream({ farEnd: 'primary', out: lossy, back: lossy }),
    stream({ farEnd: 'secondary' }),
    await openPorts('primary'),
    await openPorts('secondary'),
  ]
  const round = { startedMs: START, part: 1, parts: 1, everyMs: 12 * 3_600_000 }
  await collector.deliver(envelope(record(collector.profileSha256, { observations, round })))
  const tab = await openTab(await collector.app.listen({ host: '127.0.0.1', port: 0 }))
  await tab.until("document.querySelector('.scroll tbody tr') !== null")
  const rows = "[...document.querySelectorAll('.scroll tbody tr')]"
  const lines = await tab.evaluate(
    `${rows}.map((row) => row.querySelector('.line').textContent).filter((text) => text.includes('*'))`,
  )
  expect(lines).toEqual([
    'MON-SRV-*15 of 15 port rows',
    'MON-HW-*6 of 6 port rows',
    'MAINT-*2 of 4 port rows',
    'RCM-*9 of 11 port rows',
    'DER-*3 of 6 port rows',
  ])
  const folded = `${rows}.find((row) => row.querySelector('.line').textContent.startsWith('RCM-*'))`
  const why = `${folded}.querySelector('.why').textContent`
  expect(await tab.evaluate(why)).toContain(
    'printed for the MPLS circuit, and tried over a remote-access circuit (RVA)',
  )
  expect(await tab.evaluate(`${folded}.querySelector('summary').textContent`)).toMatch(
    /^RCM-02, .*RCM-11$/,
  )
  // Opened by who wants to know which they are, it stays open when it is drawn anew.
  await tab.evaluate(`${folded}.querySelector('details').open = true`)
  const link = "document.getElementById('link').textContent"
  await tab.evaluate(`window.was = ${link}; ${LOOK_AGAIN}`)
  await tab.until(`${link} !== was`)
  const item = `${folded}.querySelector('details[open] li:nth-child(3)').textContent`
  expect(await tab.evaluate(item)).toBe('RCM-04 Desktop client, primary out →, secondary out →')
  // Why, and what next, once for places of one line that came out alike.
  const of = (id: string) =>
    `(() => { const all = ${rows}, at = all.findIndex((row) => row.querySelector('.line b')?.textContent === '${id}');
      return all.slice(at, at + 4).map((row) => row.querySelector('.why').textContent) })()`
  expect(await tab.evaluate(of('VRN-1'))).toEqual([
    expect.stringMatching(/^the mark arrives, .*Next: .* collector run ask leeds qos$/),
    ...['as above', 'as above', 'as above'],
  ])
  expect(await tab.evaluate(of('VRN-6'))).toEqual([
    expect.stringMatching(/^measured, and beyond the limit .*Source: .*Next: find the segment/),
    // The way back is traced from its other end.
    expect.stringMatching(/^measured, and beyond the limit .*3000 lostNext: trace the way back/),
    ...['0 of 3000 lost', 'as above'],
  ])
  // Once for both legs that fail, and for no line that does not.
  const sources = "[...document.querySelectorAll('.why small')].map((one) => one.textContent)"
  const told = `${sources}.filter((text) => text.startsWith('Source: ')).map((text) => text.slice(0, 27))`
  expect(await tab.evaluate(told)).toEqual([
    'Source: line 1219, read as:',
    'Source: line 1220, read as:',
  ])
  // In a narrow window the verdict of each place stands beside it, whether or not its line is named again.
  await tab.resize(390)
  const apart = `Math.max(...${rows}.map((row) => Math.abs(
    row.children[1].getBoundingClientRect().top - row.children[5].getBoundingClientRect().top)))`
  expect(await tab.evaluate(apart)).toBeLessThan(8)
}, 120_000)
