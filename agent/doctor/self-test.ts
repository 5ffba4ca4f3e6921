import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../shared/errors.ts'
import { measureLimitsOf } from '../../shared/profile/limits.ts'
import type { Profile } from '../../shared/profile/schema.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import { type FinishedRun, runStreams } from '../check/session.ts'
import { freeUdpPort } from '../demo/free-port.ts'
import { accessKeyOf, planStreams, type ReadyFarEnd } from '../plan.ts'
import { addKey } from '../reflector/keys.ts'
import { observe } from '../run/observe.ts'
import { startStreams } from '../stream/start.ts'
import type { StreamPlan } from '../stream/types.ts'

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url))
const TEST_MS = 2_000
const READY_WITHIN_MS = 5_000

/** What a short run to some far ends gave. */
export interface TestRun {
  readonly run: FinishedRun
  readonly observations: readonly StreamObservation[]
}

/**
 * Two seconds of a voice stream to a reflector on loopback: no network is in it, so what shows is
 * the instrument's own pacing and noise, and whether the mark is seen leaving.
 */
export async function loopbackTest(
  profile: Profile,
  engine: StreamPlan['engine'],
): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-doctor-'))
  const keys = join(folder, 'keys.json')
  const { id, secret } = addKey(keys, 'doctor', new Date())
  const port = await freeUdpPort()
  const reflector = await startReflector(port, keys)
  try {
    const key = accessKeyOf(`${id}:${secret}`)
    const farEnd = { farEnd: 'primary', address: '127.0.0.1', port, key, path: 'MPLS' } as const
    return await shortRun(profile, [farEnd], engine)
  } finally {
    reflector.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Two seconds of a voice stream to each far end. */
export async function shortRun(
  profile: Profile,
  farEnds: readonly ReadyFarEnd[],
  engine: StreamPlan['engine'],
  localAddress?: string,
): Promise<TestRun> {
  const plan = planStreams(profile, farEnds, {
    ...{ engine, windows: 'run', durationMs: TEST_MS, calls: 1 },
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  const stop = AbortSignal.timeout(TEST_MS + READY_WITHIN_MS)
  const run = await runStreams(plan, { startStreams, onEvent: () => undefined, stop })
  const limits = measureLimitsOf(profile)
  return { run, observations: run.windows.map((window) => observe(window, limits, 'MPLS')) }
}

async function startReflector(port: number, keys: string): Promise<ChildProcess> {
  const args = ['reflector', 'run', '--listen', `127.0.0.1:${port}`, '--keys', keys]
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, VOIP_READY_WITH_PARENT: '1' },
  })
  let said = ''
  const listening = new Promise<void>((resolve, reject) => {
    const hear = (part: Buffer) => {
      said += part.toString()
      if (/listening/i.test(said)) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', reject)
    child.once('exit', () =>
      reject(new Fault('ENGINE', 'reflector on loopback', 'a start', said.trim() || 'it ended')),
    )
    setTimeout(
      () => reject(new Fault('ENGINE', 'reflector on loopback', 'a start within 5 s', said.trim())),
      READY_WITHIN_MS,
    ).unref()
  })
  try {
    await listening
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return child
}
