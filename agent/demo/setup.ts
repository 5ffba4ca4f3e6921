import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { runToEnd } from './children.ts'

export const SITE = 'demo'
const AGENT = 'demo-agent'

/** The files that a demo runs on, all made on the fly. */
export interface DemoFiles {
  readonly folder: string
  readonly keys: string
  readonly tokens: string
  readonly tokenFile: string
  readonly site: string
  /** Folder that holds the site file alone, for the collector. */
  readonly sites: string
  readonly agent: string
  /** Removes what nobody asked to keep. */
  remove(): void
}

/** A folder for the demo: the one asked for, or one that goes at the end. */
export function demoFolder(asked: string | undefined): DemoFiles {
  const folder = openFolder(asked)
  const at = (name: string) => join(folder, name)
  return {
    ...{ folder, agent: AGENT },
    ...{ keys: at('reflector-keys.json'), tokens: at('tokens.json') },
    ...{ tokenFile: at('agent.token'), site: at('sites/demo.yaml'), sites: at('sites') },
    remove: () => {
      if (asked === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

function openFolder(asked: string | undefined): string {
  if (asked === undefined) return mkdtempSync(join(tmpdir(), 'voip-ready-demo-'))
  const folder = resolve(asked)
  makeFolder(folder)
  return folder
}

/**
 * Makes an access key and a token with the program's own commands, and writes the site file that
 * uses them. A demo on an old --data folder gets new ones: names are never given twice.
 */
export async function writeSecrets(
  files: DemoFiles,
  reflectorPorts: { readonly primary: number; readonly secondary: number },
): Promise<void> {
  const keyName = `demo-${Date.now().toString(36)}`
  const [keyText, tokenText] = await Promise.all([
    runToEnd(['reflector', 'keys', 'add', keyName, '--keys', files.keys], [0]),
    runToEnd(
      ['collector', 'tokens', 'add', '--agent', AGENT, '--site', SITE, '--tokens', files.tokens],
      [0],
    ),
  ])
  const key = pick(keyText, new RegExp(`${keyName}:[A-Za-z0-9+/=_-]+`), 'an access key')
  const token = pick(tokenText, /vr_[0-9a-f]{16}_[A-Za-z0-9_-]+/, 'a token')
  writeFileSync(files.tokenFile, `${token}\n`, { mode: 0o600 })
  makeFolder(files.sites)
  writeFileSync(files.site, siteText(key, reflectorPorts), { mode: 0o600 })
}

function siteText(key: string, ports: { readonly primary: number; readonly secondary: number }) {
  const farEnd = (name: 'primary' | 'secondary') =>
    `  ${name}:\n    reflector: 127.0.0.1\n    port: ${ports[name]}\n    key: ${key}\n`
  return (
    `# Written by voip-ready demo: both data centres are reflectors on this machine.\n` +
    `format: voip-ready/site/1\nsite: ${SITE}\nprofile: pureconnect-rcm\nfarEnds:\n` +
    `${farEnd('primary')}${farEnd('secondary')}peakCalls: 1\n`
  )
}

function pick(text: string, form: RegExp, wanted: string): string {
  const found = form.exec(text)?.[0]
  if (found === undefined) throw new Fault('ENGINE', 'demo', wanted, 'none in what was printed')
  return found
}
