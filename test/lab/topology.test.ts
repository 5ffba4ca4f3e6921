import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { eventually } from './command.ts'
import { namespacesOf, processesIn, sweep } from './owner.ts'
import { labTest, scenario } from './scenario.ts'
import { createLab, type Lab } from './topology.ts'

const LOADER = new URL('../support/typescript.mjs', import.meta.url).href
const ABANDON = fileURLToPath(new URL('abandon-lab.ts', import.meta.url))

describe('the lab', () => {
  scenario('reaches both data centres by IPv4 and IPv6', { impaired: [] }, async (lab) => {
    const targets = [lab.address('dc1'), lab.address('dc2')].flatMap(({ ipv4, ipv6 }) => [
      ipv4,
      ipv6,
    ])
    for (const target of [...targets, '192.168.0.1', '192.168.0.2', 'fd77:0:1::2']) {
      expect(await ttlSeen(lab, target)).toBe(61)
    }
  })

  scenario('counts an impairment router as one hop that answers', async (lab) => {
    const { ipv4, ipv6 } = lab.address('dc1')
    expect(await ttlSeen(lab, ipv4)).toBe(60)
    expect(await hops(lab, ipv4, 4)).toEqual(['10.77.1.2', '10.77.2.2', '10.77.3.253', '10.77.3.2'])
    expect(await hops(lab, ipv6, 3)).toEqual(['fd77:0:0:1::2', 'fd77:0:0:2::2', 'fd77:0:0:3::fd'])
  })

  scenario('leaves the TTL alone when the router is a wire', { hop: false }, async (lab) => {
    expect(await ttlSeen(lab, lab.address('dc2').ipv6)).toBe(61)
  })

  scenario('gives a host the resolver it was told', { impaired: [] }, async (lab) => {
    lab.resolver('site', ['10.77.1.2'], ['customer.local'])
    const { stdout } = await lab.run('site', ['cat', '/etc/resolv.conf'])
    expect(stdout).toBe('nameserver 10.77.1.2\nsearch customer.local\n')
  })

  labTest('stands beside another lab of the same process', async () => {
    const [one, two] = await Promise.all([createLab(), createLab()])
    await one.destroy()
    expect(await ttlSeen(two, two.address('dc1').ipv4)).toBe(61)
    await two.destroy()
  })

  labTest('leaves nothing behind', async () => {
    const lab = await createLab({ impaired: ['r2-r3'] })
    lab.resolver('site', ['10.77.1.2'])
    const child = lab.spawn('dc1', ['sleep', '600'])
    const { pid } = lab.router('r2-r3')
    const prefix = lab.namespace('site').replace(/site$/, '')
    await lab.destroy()
    await lab.destroy()
    expect(namespacesOf(prefix)).toEqual([])
    expect([child.pid, pid].filter((id) => existsSync(`/proc/${id}`))).toEqual([])
    expect(existsSync(lab.folder)).toBe(false)
    expect(existsSync(`/etc/netns/${prefix}site`)).toBe(false)
  })

  labTest('is tidied up when its process exits without destroying it', async () => {
    const { prefix, folder, ended } = await abandon('exit')
    await ended
    expect(namespacesOf(prefix)).toEqual([])
    expect(existsSync(folder)).toBe(false)
  })

  labTest('is swept by the next run after its process was killed', async () => {
    const { prefix, folder, pid, ended } = await abandon('wait')
    const before = namespacesOf(prefix)
    const running = before.flatMap(processesIn)
    expect(before).toHaveLength(6)
    expect(running).not.toHaveLength(0)
    expect(sweep()).not.toContain(before[0])
    process.kill(pid, 'SIGKILL')
    await ended
    // Another run beside this one may have begun in that moment, and have swept some of it already.
    const swept = sweep()
    expect(swept.filter((name) => name.startsWith(prefix) && !before.includes(name))).toEqual([])
    await eventually('its children, namespaces and folder are gone', () => {
      const left = running.some((id) => existsSync(`/proc/${id}`))
      return !left && namespacesOf(prefix).length === 0 && !existsSync(folder) ? true : undefined
    })
  })
})

/** The TTL or hop limit of an echo reply, as it arrives at the site. */
async function ttlSeen(lab: Lab, target: string): Promise<number> {
  const { stdout } = await lab.run('site', ['ping', '-n', '-c', '1', '-W', '5', target])
  return Number(/ttl=(\d+)/.exec(stdout)?.[1])
}

/** Who answers "time exceeded" for TTL 1, 2, ... */
async function hops(lab: Lab, target: string, count: number): Promise<readonly string[]> {
  const answers = Array.from({ length: count }, async (_, index) => {
    const argv = ['ping', '-n', '-c', '1', '-W', '5', '-t', `${index + 1}`, target]
    const { stdout } = await lab.run('site', argv, { mayFail: true })
    return /^From (\S+).*(?:Time to live exceeded|Hop limit)/m.exec(stdout)?.[1] ?? stdout
  })
  return await Promise.all(answers)
}

/** Starts a program that builds a lab and does not destroy it. */
async function abandon(how: 'exit' | 'wait') {
  const child = spawn(process.execPath, ['--import', LOADER, ABANDON, how], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const [prefix, folder] = await new Promise<[string, string]>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(JSON.parse(data.toString())))
    void ended.then(() => reject(new Error('the program ended before it had a lab')))
  })
  return { prefix, folder, ended, pid: child.pid! }
}
