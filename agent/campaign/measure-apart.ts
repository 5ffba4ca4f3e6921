import { spawn } from 'node:child_process'
import { withAnyOf } from '../../shared/any-of.ts'
import type { Protocol } from '../../shared/campaign/protocol.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'

export interface ApartOrder {
  /** The program voip-ready. */
  readonly program: string
  readonly siteFile: string
  /** Lines that voice decides. */
  readonly lines: readonly string[]
  readonly protocol: Pick<Protocol, 'calls' | 'codec'>
  readonly engine: string
}

/** Beyond its voice a check may take this long; then it is ended. */
const BEYOND_MS = 60_000
const MOST_BYTES = 16 << 20

/** Runs `voip-ready check --media-only --json` in a process of its own; what it printed. */
export async function measureApart(
  { program, siteFile, lines, protocol, engine }: ApartOrder,
  durationMs: number,
  stop: AbortSignal,
): Promise<Result<string, string>> {
  const args = ['check', '--site', siteFile, '--media-only', '--json', '--engine', engine]
  args.push('--duration', `${Math.round(durationMs)}ms`, '--only', lines.join(','))
  args.push('--calls', String(protocol.calls), '--codec', protocol.codec)
  // A campaign lives for weeks, its signal with it.
  return withAnyOf([stop, AbortSignal.timeout(durationMs + BEYOND_MS)], (over) =>
    runApart([program, ...args], over),
  )
}

async function runApart(
  argv: readonly string[],
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // It ends with this process, however that ends: its voice must not go on unheard.
    env: { ...process.env, VOIP_READY_WITH_PARENT: '1' },
    signal,
    killSignal: 'SIGKILL',
  })
  const said = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    said.out += part
    if (said.out.length > MOST_BYTES) child.kill('SIGKILL')
  })
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    said.err = (said.err + part).slice(-500)
  })
  let failed = ''
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      failed = error.message
      if (child.pid === undefined) resolve(null)
    })
    child.once('close', resolve)
  })
  if (code !== null && said.out.startsWith('{')) return ok(said.out)
  const words = said.err.trim().replace(/^voip-ready: /, '') || failed
  return refuse(`its check ended with ${code ?? 'a signal'}${words === '' ? '' : `: ${words}`}`)
}
