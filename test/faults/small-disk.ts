import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const PREFIX = 'voip-ready-disk-'
const BLOCK = Buffer.alloc(4096, 0x5a)

/** A file system of a few megabytes that can be filled to the brim. */
export class SmallDisk {
  readonly path: string
  readonly #ballast: string

  private constructor(path: string) {
    this.path = path
    this.#ballast = join(path, 'ballast')
  }

  /** Mounts a tmpfs of `bytes` for the running test and unmounts it afterwards. Needs root. */
  static mount(bytes: number): SmallDisk {
    sweep()
    const path = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
    const made = mount('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path)
    if (made !== '') throw new Error(`cannot mount ${path}: ${made}`)
    onTestFinished(() => release(path))
    return new SmallDisk(path)
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path)
    return bavail * bsize
  }

  /** Writes a file of no use until no more than `leave` bytes are free. */
  fill(leave = 0): void {
    const file = openSync(this.#ballast, 'a')
    try {
      // To the brim is where a write fails.
      while (leave === 0 || this.freeBytes > leave) writeSync(file, BLOCK)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
  }

  /** Makes it one that can only be read, as the kernel does after errors of a disk. */
  protect(): void {
    const made = mount('mount', '-o', 'remount,ro', this.path)
    if (made !== '') throw new Error(`cannot protect ${this.path}: ${made}`)
  }

  /** Gives back what {@link fill} took. */
  free(): void {
    rmSync(this.#ballast, { force: true })
  }
}

/** Unmounts what test runs that are no more left behind. */
function sweep(): void {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(PREFIX))) {
    const owner = Number(name.slice(PREFIX.length).split('-')[0])
    if (!existsSync(`/proc/${owner}`)) release(join(tmpdir(), name))
  }
}

/** Lazily, so that a process that still has a file open there cannot keep the mount. */
function release(path: string): void {
  mount('umount', '-l', path)
  rmSync(path, { recursive: true, force: true })
}

function mount(command: string, ...args: readonly string[]): string {
  const run = spawnSync(command, args, { encoding: 'utf8' })
  return run.status === 0 ? '' : run.stderr || `${run.error}`
}
