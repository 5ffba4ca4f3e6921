import { closeSync, createReadStream, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isDiskFull } from '../../shared/errors.ts'
import { DeskFull, JobDesk, JobTooMuch } from '../thread/job-desk.ts'
import { inThread } from '../thread/one-job.ts'
import { workerFile } from '../thread/worker-file.ts'
import type { CutJob, CutReply } from './job.ts'
import type { OtherLog } from './span.ts'

/** Bundles that wait on the disk for clients to read them: a slow one keeps nobody from having his made. */
const MOST_READ = 8

/** There is nothing to cut a bundle of: no log was begun. */
export class NoLog extends Error {
  override readonly name = 'NoLog'
}

export interface Download {
  readonly octets: number
  /** Logs with records of that time that are not in it. */
  readonly elsewhere: readonly OtherLog[]
  /** The file's octets; to be read to the end, or destroyed. */
  readonly stream: Readable
}

/**
 * Bundles for whoever gets them over HTTP: each is cut in a thread of its own, one after the other, into
 * a file without a name, which goes when it was read, or with this process however that ends.
 */
export class Downloads {
  readonly #directory: string
  readonly #desk: JobDesk
  #open = 0

  /** @param directory where the files are made */
  constructor(directory: string, desk = new JobDesk()) {
    this.#directory = directory
    this.#desk = desk
  }

  /**
   * The bundle as a stream, once all of it is there.
   * @param gone ends waiting and cutting @throws its reason
   * @param tell hears how many are before this one, now and whenever that changes
   * @throws DeskFull, JobTooMuch, NoLog
   */
  async cut(
    job: Omit<CutJob, 'file' | 'directory'>,
    gone: AbortSignal,
    tell?: (before: number) => void,
  ): Promise<Download> {
    if (this.#open >= MOST_READ) throw new DeskFull(`${this.#open} bundles are being read`)
    this.#open += 1
    try {
      const download = await this.#desk.do((signal) => this.#write(job, signal), gone, tell)
      download.stream.once('close', () => {
        this.#open -= 1
      })
      return download
    } catch (error) {
      this.#open -= 1
      throw error
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#desk.close()
  }

  async #write(job: Omit<CutJob, 'file' | 'directory'>, signal: AbortSignal): Promise<Download> {
    const directory = this.#directory
    const file = unnamedFile(directory)
    try {
      const whole: CutJob = { ...job, file, directory }
      const program = workerFile(import.meta.url, 'server/bundle')
      const reply = await inThread<CutReply>(program, whole, signal)
      if (!reply.ok) throw failureOf(reply)
      signal.throwIfAborted()
      const stream = createReadStream('', { fd: file, start: 0, end: reply.octets - 1 })
      return { octets: reply.octets, elsewhere: reply.elsewhere, stream }
    } catch (error) {
      closeSync(file)
      throw error
    }
  }
}

function failureOf({ why, text }: Extract<CutReply, { readonly ok: false }>): Error {
  if (why === 'no-log') return new NoLog(text)
  return why === 'no-room' ? new JobTooMuch(text) : new Error(text)
}

let made = 0

/** Nobody finds it, and no crash leaves it behind. @throws JobTooMuch where there is no room for it */
function unnamedFile(directory: string): number {
  made += 1
  const path = join(directory, `bundle-${process.pid}-${made}.part`)
  try {
    const file = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return file
  } catch (error) {
    // The name of a file takes room too.
    throw isDiskFull(error) ? new JobTooMuch(error.message) : error
  }
}
