import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Running, start } from '../../support/program.ts'
import { until } from '../../support/until.ts'

/** Processes that some process started, by their parent's number. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => statOf(Number(name))[1] === String(pid))
    .map(Number)
}

/** State and parent of a process; a zombie or nothing counts as gone. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

const isGone = (pid: number) => statOf(pid).length === 0 || statOf(pid)[0] === 'Z'

function status(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}

const demo = (...args: readonly string[]): Running => start(['demo', ...args])

test.runIf(process.platform === 'linux')(
  'shows real findings in its first look, serves a page, and takes everything with it',
  { timeout: 240_000 },
  async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await new Promise((done) => taken.once('listening', done))
    const port = String((taken.address() as AddressInfo).port)
    const running = demo('--port', port)
    const said = await running.says(/^(READY|NOT READY|CANNOT SAY): \d+ fail/m)
    expect(said).toMatch(/VRN-3 .*primary/)
    expect(said).toMatch(/VRN-6 /)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? ''
    expect(url).not.toContain(`:${port}`)
    expect(await status(`${url}/healthz`)).toBe(200)

    const children = childrenOf(running.child.pid ?? 0)
    expect(children).toHaveLength(4)
    running.child.kill('SIGTERM')
    const ended = await running.ended
    expect(ended.code).toBe(0)
    expect(ended.out).toContain('nothing is left running')
    expect(children.every(isGone)).toBe(true)
    const folder = /files {4}(\S+)/.exec(said)?.[1] ?? ''
    expect(spawnSync('ls', [folder]).status).not.toBe(0)
  },
)

test.runIf(process.platform === 'linux')(
  'killed outright, its children notice and end by themselves',
  { timeout: 240_000 },
  async () => {
    const running = demo()
    const said = await running.says(/files {4}\S+/)
    onTestFinished(() => void spawnSync('rm', ['-rf', /files {4}(\S+)/.exec(said)?.[1] ?? '']))
    const children = childrenOf(running.child.pid ?? 0)
    expect(children.length).toBeGreaterThanOrEqual(4)
    running.child.kill('SIGKILL')
    await until(() => children.every(isGone))
  },
)

test('--seconds ends it by itself', { timeout: 240_000 }, async () => {
  const ended = await demo('--seconds', '4').ended
  expect(ended.code).toBe(0)
  expect(ended.out).toContain('demo stopped')
})
