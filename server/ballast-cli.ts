import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../shared/errors.ts'

const EXAMPLE = `
The running collector makes the file again when there is ample room.

Example:
  voip-ready collector ballast release --data /var/lib/voip-ready-collector`

/** Adds `collector ballast release`: room to work in on a disk that is full. */
export function addBallastCommands(collector: Command): void {
  collector
    .command('ballast')
    .description('the file that keeps room on the disk for the hour of need')
    .command('release')
    .description('delete it: for when the disk is full and nothing else can go')
    .addHelpText('after', EXAMPLE)
    .action(async (_options: unknown, command: Command) => {
      const { data, json } = command.optsWithGlobals<{ data: string; json?: boolean }>()
      const directory = resolve(data)
      const { releaseBallast } = await import('./disk.ts')
      const bytes = await releaseBallast(directory)
      if (bytes === null) {
        const repair = 'it was released before, or --data names another directory'
        throw new Fault('STORE', directory, 'a ballast file', 'none', repair)
      }
      const told = json === true ? JSON.stringify({ released: bytes }) : `released ${bytes} bytes`
      process.stdout.write(`${told}\n`)
    })
}
