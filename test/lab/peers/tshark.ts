import { requireProgram, runCommand } from '../command.ts'

/** One row of Wireshark's RTP stream statistics. Jitter is RFC 3550's, over arrivals. */
export interface RtpStream {
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
  readonly ssrc: number
  readonly packets: number
  /** Expected minus received: duplicates hide losses, and losses at the ends are not seen. */
  readonly lost: number
  readonly minDeltaMs: number
  readonly meanDeltaMs: number
  readonly maxDeltaMs: number
  readonly minJitterMs: number
  readonly meanJitterMs: number
  readonly maxJitterMs: number
}

/**
 * What tshark says about the RTP streams of a capture; `ports` are those to read as RTP. Do not
 * ask where packets are reordered: versions of Wireshark differ there.
 */
export async function rtpStreams(
  pcap: string,
  ports: readonly number[],
): Promise<readonly RtpStream[]> {
  const decode = ports.flatMap((port) => ['-d', `udp.port==${port},rtp`])
  const argv = [requireProgram('tshark'), '-n', '-r', pcap, '-q', ...decode, '-z', 'rtp,streams']
  const { stdout } = await runCommand(argv)
  return stdout.split('\n').flatMap((line) => parseRow(line.trim()) ?? [])
}

/** start end src port dst port ssrc payload packets lost (%) min mean max min mean max [X] */
const ROW =
  /^[\d.]+\s+[\d.]+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(0x[0-9A-Fa-f]+)\s+.*?\s+(\d+)\s+(-?\d+)\s+\(-?[\d.]+%\)\s+([\d.-]+)\s+([\d.-]+)\s+([\d.-]+)\s+([\d.-]+)\s+([\d.-]+)\s+([\d.-]+)/

function parseRow(line: string): RtpStream | undefined {
  const found = ROW.exec(line)
  if (found === null) return undefined
  const text = (index: number) => found[index] ?? ''
  const value = (index: number) => Number(text(index))
  return {
    source: text(1),
    sourcePort: value(2),
    destination: text(3),
    destinationPort: value(4),
    ssrc: value(5),
    packets: value(6),
    lost: value(7),
    minDeltaMs: value(8),
    meanDeltaMs: value(9),
    maxDeltaMs: value(10),
    minJitterMs: value(11),
    meanJitterMs: value(12),
    maxJitterMs: value(13),
  }
}
