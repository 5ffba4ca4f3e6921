import { join } from 'node:path'
import { loadSite } from '../../config/load.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import { lineWords, type WordsById } from '../check/line-words.ts'
import type { Output } from '../cli/output.ts'
import { sleep } from '../sleep.ts'
import { fetchSite, Redraw, renderBoard } from './board.ts'
import { Children, runToEnd } from './children.ts'
import { freeTcpPort, freeUdpPort } from './free-port.ts'
import { type DemoFiles, demoFolder, SITE, writeSecrets } from './setup.ts'

export interface DemoOptions {
  readonly data?: string
  readonly port: number
  readonly seconds?: number
  readonly json?: boolean
}

const FIRST_LOOK_SECONDS = 8
const POLL_MS = 2_000
const START_WITHIN_MS = 60_000

/**
 * `voip-ready demo`: the whole program on this machine, as real processes with real packets over
 * loopback. Stops everything on Ctrl-C, SIGTERM or after --seconds, and leaves no process behind.
 */
export async function runDemo(options: DemoOptions, output: Output): Promise<number> {
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  const timer = options.seconds === undefined ? undefined : setTimeout(stop, options.seconds * 1000)
  const files = demoFolder(options.data)
  const children = new Children(join(files.folder, 'logs'))
  const killAll = () => children.killAll()
  process.on('exit', killAll)
  let died: string | undefined
  children.onUnexpectedEnd = (name, said) => {
    died ??= `${name} ended by itself: ${said.trim().split('\n').at(-1) ?? 'it said nothing'}`
    stop()
  }
  try {
    await present(options, output, files, children, stopping.signal)
    if (died !== undefined) {
      throw new Fault('ENGINE', 'demo', 'all parts running', died, `see ${files.folder}/logs`)
    }
    return EXIT.pass
  } finally {
    clearTimeout(timer)
    await children.stopAll()
    process.off('exit', killAll).off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop)
    if (died === undefined) files.remove()
    output.out('demo stopped; nothing is left running\n')
  }
}

async function present(
  options: DemoOptions,
  output: Output,
  files: DemoFiles,
  children: Children,
  stop: AbortSignal,
): Promise<void> {
  const url = await startAll(options, files, children, stop)
  if (stop.aborted) return
  output.out(introduction(url, files, options))
  await firstLook(files, output, stop)
  const { profile, site } = await loadSite(files.site)
  await follow(url, lineWords(profile.profile, site), output, stop)
}

/** Starts the four processes and waits until the collector answers. Returns its address. */
async function startAll(
  options: DemoOptions,
  files: DemoFiles,
  children: Children,
  stop: AbortSignal,
): Promise<string> {
  const ports = { primary: await freeUdpPort(), secondary: await freeUdpPort() }
  await writeSecrets(files, ports)
  const listen = `127.0.0.1:${await freeTcpPort(options.port)}`
  const url = `http://${listen}`
  const { folder, keys, tokens } = files
  for (const name of ['primary', 'secondary'] as const) {
    // Two data centres sign with two keys.
    const signs = ['--state', join(folder, `reflector-${name}`), '--name', name]
    const at = ['--listen', `127.0.0.1:${ports[name]}`, '--keys', keys]
    children.start(`reflector-${name}`, ['reflector', 'run', ...at, ...signs])
  }
  const data = join(folder, 'collector')
  const given = ['--data', data, '--tokens', tokens, '--sites', files.sites]
  children.start('collector', ['collector', '--listen', listen, ...given])
  children.start('agent', [
    ...['agent', '--site', files.site, '--collector', url, '--name', files.agent],
    ...['--token-file', files.tokenFile, '--spool', join(folder, 'spool'), '--checks', 'off'],
  ])
  await collectorListens(children, stop)
  return url
}

async function collectorListens(children: Children, stop: AbortSignal): Promise<void> {
  const startedMs = performance.now()
  while (!stop.aborted && !children.said('collector').includes('listening')) {
    if (performance.now() - startedMs > START_WITHIN_MS) {
      const said = children.said('collector').trim()
      throw new Fault('ENGINE', 'collector', `a start within ${START_WITHIN_MS / 1000} s`, said)
    }
    await sleep(50, stop)
  }
}

function introduction(url: string, files: DemoFiles, options: DemoOptions): string {
  return [
    'voip-ready demo: a collector, two reflectors and an agent run on this machine now,',
    'with real packets over loopback. Both "data centres" are local, so the figures are small.',
    '',
    `  page     ${url}/`,
    `  API      ${url}/docs`,
    `  metrics  ${url}/metrics`,
    `  files    ${files.folder}${options.data === undefined ? ' (removed at the end)' : ''}`,
    '',
    'stop with Ctrl-C',
    '',
    `a first look of ${FIRST_LOOK_SECONDS} seconds, as \`voip-ready check\` prints it:`,
    '',
    '',
  ].join('\n')
}

/** A short check of its own, so that nobody waits a minute for the first figures. */
async function firstLook(files: DemoFiles, output: Output, stop: AbortSignal): Promise<void> {
  // The streams alone: the other probes would look at the network around this machine.
  const args = ['check', '--site', files.site, '--media-only']
  args.push('--duration', `${FIRST_LOOK_SECONDS}s`)
  let end: () => void = () => undefined
  try {
    const text = await runToEnd(args, [EXIT.pass, EXIT.fail, EXIT.inconclusive], (child) => {
      end = () => child.kill('SIGTERM')
      stop.addEventListener('abort', end, { once: true })
    })
    if (!stop.aborted) output.out(`${text}\n`)
  } catch (error) {
    if (!stop.aborted) throw error
  } finally {
    stop.removeEventListener('abort', end)
  }
}

/** Shows every new window that the collector has judged, until told to stop. */
async function follow(
  url: string,
  words: WordsById,
  output: Output,
  stop: AbortSignal,
): Promise<void> {
  const redraw = new Redraw(output.out, process.stdout.isTTY === true)
  if (!stop.aborted)
    output.out('the agent goes on; its first record comes after the full minute ...\n\n')
  let shown = ''
  while (!stop.aborted) {
    const now = await fetchSite(url, SITE)
    if (now !== null && now.window.period.to !== shown && !stop.aborted) {
      redraw.show([...renderBoard(now, words, output.paint), '', `${url}/  stop with Ctrl-C`])
      shown = now.window.period.to
    }
    await sleep(POLL_MS, stop)
  }
}
