import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The built program: Node 20 cannot run the source. */
export const PROGRAM = fileURLToPath(new URL('../../dist/agent/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A running command of the program; killed with the test that started it. */
export interface Running {
  readonly child: ChildProcess
  /** Resolves when it has printed this (on either stream); rejects when it ends without. */
  says(what: RegExp): Promise<string>
  readonly ended: Promise<Ended>
}

export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  // Waited for: what still writes into a folder of the test would hinder its removal.
  const said = { out: '', err: '' }
  onTestFinished(async ({ task }) => {
    const runs = child.exitCode === null && child.signalCode === null
    // A test that waited in vain says for what.
    if (runs && task.result?.state === 'fail')
      console.error(`still running: voip-ready ${args.join(' ')}\n${said.out}${said.err}`)
    child.kill('SIGKILL')
    await gone
  })
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said.out += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said.err += part
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...said }))
  })
  return {
    child,
    ended,
    says: (what) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const all = `${said.out}\n${said.err}`
          if (what.test(all)) resolve(all)
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        look()
        void ended.then(({ code, err }) => reject(new Error(`ended with ${code}: ${err}`)))
      }),
  }
}

/** Runs a command to its end. */
export function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return start(args, env).ended
}

export interface TestReflector {
  readonly port: number
  /** `id:secret` */
  readonly key: string
  readonly running: Running
  /** After it ended: starts it at the same port with the same keys. */
  revive(): Promise<Running>
}

/** A reflector on loopback with one key, in a folder of the test. */
export async function startReflector(folder: string): Promise<TestReflector> {
  const keys = `${folder}/keys-${process.hrtime.bigint()}.json`
  const made = await run(['reflector', 'keys', 'add', 'test', '--keys', keys])
  const key = /test:[A-Za-z0-9+/=_-]+/.exec(made.out)?.[0]
  if (key === undefined) throw new Error(`no key in ${made.out}${made.err}`)
  const listen = (port: number) => {
    const running = start(['reflector', 'run', '--listen', `127.0.0.1:${port}`, '--keys', keys])
    return { running, said: running.says(/listening on 127\.0\.0\.1 port \d+/) }
  }
  const { running, said } = listen(0)
  const port = Number(/port (\d+)/.exec(await said)?.[1])
  const revive = async () => {
    const again = listen(port)
    await again.said
    return again.running
  }
  return { key, running, port, revive }
}
