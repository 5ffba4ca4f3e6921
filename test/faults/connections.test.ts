import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { mostConnections } from '../../server/connections.ts'
import { PROGRAM } from '../support/program.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { faultTest } from './needs.ts'

const FILES = 240
const STRANGERS = 400
const PATIENCE = { timeout: 20_000 }

/** A collector that may have few files open. */
async function startWithFewFiles() {
  const args = ['--json', 'collector', '--listen', '127.0.0.1:0', '--data', temporaryDirectory()]
    // All strangers come from one address here.
    .concat('--connections-per-address', '1000')
  const line = `ulimit -n ${FILES}; exec "$0" "$@"`
  const child = spawn('sh', ['-c', line, process.execPath, PROGRAM, ...args])
  const gone = new Promise((resolve) => child.once('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      said.text += part
    })
  await expect.poll(() => said.text, PATIENCE).toMatch(/"url":"[^"]+"/)
  return { pid: child.pid, said, url: /"url":"([^"]+)"/.exec(said.text)?.[1] ?? '' }
}

function read(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

faultTest(
  'strangers who open all connections leave the collector its files, who has a connection keeps it, and it says so',
  {},
  async () => {
    const { pid, said, url } = await startWithFewFiles()
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    const figure = async (name: string) => {
      const text = await read(`${url}/metrics/collector`, kept)
      return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
    }
    expect(await figure('voipready_collector_connections_refused_total')).toBe(0)
    const sockets: Socket[] = []
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      kept.destroy()
    })
    for (let n = 0; n < STRANGERS; n += 1) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.on('error', () => {})
      sockets.push(socket.resume())
    }
    const most = mostConnections(FILES)
    await expect
      .poll(() => figure('voipready_collector_connections_refused_total'), PATIENCE)
      .toBe(STRANGERS + 1 - (most ?? 0))
    expect(await figure('voipready_collector_connections')).toBe(most)
    expect(await read(`${url}/readyz`, kept)).toContain(`all ${most} were in use`)
    // What is left is for its own: the log's checkpoints and keys, temporary files of the database.
    expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThan(FILES - 60)
    expect(said.text).toContain('connections closed')
    expect(said.text).not.toMatch(/EMFILE|"level":"error"/)
  },
)
