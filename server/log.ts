import { Writable } from 'node:stream'
import { pino, stdSerializers } from 'pino'
import { visible } from '../shared/report/escape.ts'
import { isOutside } from './outside.ts'

/** Never in a log, whoever passes what. */
const SECRETS = ['req.headers.authorization', 'headers.authorization', 'token', 'secret']

/** The collector's log on stdout: JSON lines by pino, or the same as short lines for a person. */
export function collectorLog(json: boolean, level: string): pino.Logger {
  const options = {
    level,
    redact: SECRETS,
    base: null,
    serializers: { err: shownError },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (json) return pino(options, pino.destination({ fd: 1, sync: true }))
  return pino(options, readable())
}

/** What the disk or the database's server did is said in its words; a stack is for what the program did. */
function shownError(error: Error): object {
  const { stack, ...rest } = stdSerializers.err(error)
  return isOutside(error) ? rest : { ...rest, stack }
}

function readable(): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      process.stdout.write(line(JSON.parse(chunk.toString()) as Entry))
      done()
    },
  })
}

interface Entry {
  readonly level: string
  readonly time: string
  readonly msg: string
  readonly err?: { readonly message?: string; readonly stack?: string }
  readonly [key: string]: unknown
}

function line({ level, time, msg, err, reqId, ...rest }: Entry): string {
  const facts = Object.entries(rest).map(([key, value]) => `${key}=${show(value)}`)
  if (reqId !== undefined && level !== 'info') facts.push(`requestId=${show(reqId)}`)
  const first = [`${time.slice(0, 19)}Z`, level.padEnd(5), msg, ...facts].join(' ')
  if (err === undefined) return `${first}\n`
  return err.stack === undefined ? `${first}: ${err.message}\n` : `${first}\n${err.stack}\n`
}

function show(value: unknown): string {
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}
