import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { KEY_TYPE, parseVkey, type Vkey } from '../../shared/evidence/vkey.ts'

const FORM = 'a verifier key of a log on each line, with or without "log " before it'

/**
 * The logs that a witness watches, by origin: a file of verifier keys as `log` lines of a policy have
 * them (C2SP tlog-policy). A log may have several keys.
 * @throws Fault CONFIG_READ, CONFIG_VALUE naming the line
 */
export function readKnownLogs(file: string): (origin: string) => readonly Vkey[] {
  const logs = new Map<string, Vkey[]>()
  for (const [at, line] of readLines(file).entries()) {
    const [first = '', ...rest] = line.trim().split(/[ \t]+/)
    if (first === '' || first.startsWith('#')) continue
    const vkey = parseVkey(nodeCrypto, first === 'log' ? (rest[0] ?? '') : first)
    if (!vkey.ok) throw new Fault('CONFIG_VALUE', `${file}: line ${at + 1}`, FORM, vkey.error)
    if (vkey.value.type !== KEY_TYPE.note) {
      const found = `a key of type ${vkey.value.type}`
      throw new Fault('CONFIG_VALUE', `${file}: line ${at + 1}`, 'a key of type 1', found)
    }
    const { name } = vkey.value
    if (/^voip-ready-(agent|reflector)\//.test(name)) {
      throw new Fault(
        'CONFIG_VALUE',
        `${file}: line ${at + 1}`,
        'the key of a log',
        `that of ${name}`,
      )
    }
    logs.set(name, [...(logs.get(name) ?? []), vkey.value])
  }
  if (logs.size === 0) throw new Fault('CONFIG_VALUE', file, FORM, 'none')
  return (origin) => logs.get(origin) ?? []
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const found = code === 'ENOENT' ? 'no such file' : (code ?? 'an error')
    throw new Fault('CONFIG_READ', file, FORM, found)
  }
}
