import { existsSync } from 'node:fs'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { download } from '../../../agent/bundle/download.ts'
import { HEAD_LENGTH, parseHead } from '../../../shared/evidence/bundle.ts'
import { start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { filled } from '../support/logged-world.ts'
import { filesOpen, silentDatabase } from './occupied.ts'

const PATIENCE = { timeout: 40_000, interval: 20 }
const FROM = new Date(START).toISOString()
const TO = new Date(START + 15 * MINUTE).toISOString()

/** A collector whose next bundle is cut from its own data, or, while `silent`, from what never answers. */
async function collectorThat(silent: boolean) {
  const database = await silentDatabase()
  const by = { silent: false }
  const { app } = await filled(16, {
    wrapStore: (store) => ({
      ...store,
      get aside() {
        return by.silent ? database.aside : store.aside
      },
    }),
  })
  by.silent = silent
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const path = `/api/v1/sites/leeds/bundle?from=${FROM}&to=${TO}`
  const occupy = () => {
    const { hostname, port } = new URL(url)
    const socket = dial(Number(port), hostname)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
    onTestFinished(() => void socket.destroy())
    return socket
  }
  return { database, by, url, bundle: new URL(path, url), occupy }
}

test('a client waits behind others, hears how many are before it, and gets its bundle', async () => {
  const { database, by, bundle, occupy } = await collectorThat(true)
  const first = occupy()
  await expect.poll(database.asked, PATIENCE).toBe(1)
  by.silent = false
  const told: string[] = []
  const patience = { waitMs: 60_000, tell: (text: string) => void told.push(text) }
  const got = download(bundle, null, patience)
  await expect.poll(() => told, PATIENCE).toEqual(['the collector makes other bundles first: 1'])
  first.destroy()
  const { body: octets } = await got
  expect(parseHead(octets.toString('latin1', 0, HEAD_LENGTH))).not.toBeNull()
  expect(told.slice(1)).toEqual(['the collector makes the bundle'])
  // Who does not ask for it is told nothing before the answer.
  const plain = await fetch(bundle)
  expect(Buffer.from(await plain.arrayBuffer()).equals(octets)).toBe(true)
}, 90_000)

test('Ctrl-C ends the command, the thread that works for it, and leaves no file', async () => {
  const { database, url } = await collectorThat(true)
  const files = filesOpen()
  const out = join(temporaryDirectory(), 'leeds.bundle')
  const span = ['--site', 'leeds', '--from', FROM, '--to', TO]
  const { child, ended } = start(['bundle', ...span, '--collector', url, '--out', out])
  await expect.poll(database.asked, PATIENCE).toBe(1)
  expect(filesOpen()).toBe(files + 1)
  child.kill('SIGINT')
  const { out: said, err } = await ended
  expect([child.signalCode, said, err]).toEqual(['SIGINT', '', ''])
  await expect.poll(database.open, PATIENCE).toBe(0)
  await expect.poll(filesOpen, PATIENCE).toBe(files)
  expect([out, `${out}.part`].filter((file) => existsSync(file))).toEqual([])
}, 90_000)

test('who is turned away for longer than he waits is told why, and of --wait', async () => {
  const { bundle, occupy } = await collectorThat(true)
  const others = [occupy(), occupy(), occupy(), occupy(), occupy()]
  // One of five is turned away: then all places are taken.
  await Promise.race(others.map((one) => new Promise((resolve) => one.once('data', resolve))))
  await expect(download(bundle, null, { waitMs: 20_000 })).rejects.toThrow(
    /wanted a bundle, found 503: .*; give it longer with --wait/,
  )
}, 90_000)
