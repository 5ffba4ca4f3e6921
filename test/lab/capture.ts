import type { Child } from './child.ts'
import { requireProgram } from './command.ts'
import type { Lab } from './topology.ts'

/** A running tcpdump that writes a pcap file with nanosecond stamps. */
export class Capture {
  readonly file: string
  readonly #tcpdump: Child

  private constructor(file: string, tcpdump: Child) {
    this.file = file
    this.#tcpdump = tcpdump
  }

  /** Resolves when tcpdump listens, so that no packet sent afterwards is missed. */
  static async start(
    lab: Lab,
    host: string,
    iface: string,
    file: string,
    filter: string,
  ): Promise<Capture> {
    const tcpdump = lab.spawn(
      host,
      [
        requireProgram('tcpdump'),
        ...['-i', iface, '-s', '160', '-B', '65536', '-n', '--immediate-mode'],
        ...['--time-stamp-precision=nano', '-Z', 'root', '-w', file],
        ...filter.split(' ').filter(Boolean),
      ],
      { log: `${file.split('/').pop()}.log` },
    )
    await tcpdump.until(/listening on/)
    return new Capture(file, tcpdump)
  }

  /** Ends the capture; the file is complete when this resolves. Throws if packets were dropped. */
  async stop(): Promise<string> {
    await this.#tcpdump.stop('SIGINT')
    const dropped = /(\d+) packets dropped by kernel/.exec(this.#tcpdump.output())?.[1]
    if (dropped !== '0') throw new Error(`tcpdump: ${dropped ?? 'no count of'} packets dropped`)
    return this.file
  }
}
