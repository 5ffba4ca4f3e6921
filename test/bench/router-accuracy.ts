/**
 * How good is the ruler? Prints, for 1 and 100 calls at 20 ms, how far the router's real delay is
 * from the wanted one, and how far its log is from what both ends' kernels saw.
 *   node --import ./test/support/typescript.mjs test/bench/router-accuracy.ts [calls ...]
 */
import { type CapturedPacket, readPcap } from '../lab/pcap.ts'
import { createLab } from '../lab/topology.ts'
import { sendRtp, swallow } from '../lab/traffic/rtp-plan.ts'
import { quantiles } from '../lab/truth.ts'

const DELAY_MS = 20
const WARM_UP_FRAMES = 50
const FRAMES = 500

const asked = process.argv.slice(2).map(Number)
for (const calls of asked.length > 0 ? asked : [1, 100]) await measure(calls)

async function measure(calls: number): Promise<void> {
  const lab = await createLab({ impaired: ['r2-r3'] })
  try {
    const router = lab.router('r2-r3')
    const to = lab.address('dc1').ipv4
    await swallow(lab, 'dc1')
    await router.impair([{ delayMs: DELAY_MS }])
    await sendRtp(lab, 'site', { to, calls, frames: WARM_UP_FRAMES })
    await router.clearAccuracy()
    const near = await lab.capture('site', 'r1', undefined, 'udp port 5004')
    const far = await lab.capture('dc1', 'r3', undefined, 'udp port 5004')
    await sendRtp(lab, 'site', { to, calls, frames: FRAMES, firstSsrc: 0x9000 })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const truth = await router.truth()
    const sentAt = byIdentity(await readPcap(await near.stop(), truth.baseSeconds))
    const seenAt = byIdentity(await readPcap(await far.stop(), truth.baseSeconds))
    const errors = truth
      .select({ leg: 'out' })
      .filter(({ rtp, outNs }) => rtp!.ssrc >= 0x9000 && outNs !== undefined)
      .map(({ rtp, inNs, outNs }) => {
        const key = `${rtp!.ssrc}/${rtp!.sequence}`
        return (seenAt.get(key)! - sentAt.get(key)! - (outNs! - inNs)) / 1e6
      })
    const { delayError, wakeUp, withoutKernelTime } = await router.counters()
    const { p50, p99, max } = quantiles(errors)
    const us = (ms: number) => Math.round(ms * 1000)
    console.log(`${calls} calls, ${errors.length} packets, scheduling ${router.scheduling}`)
    console.log(
      `  real - wanted delay  us: p50 ${delayError.p50Us} p99 ${delayError.p99Us} max ${delayError.maxUs}`,
    )
    console.log(`  both ends - the log  us: p50 ${us(p50)} p99 ${us(p99)} max ${us(max)}`)
    console.log(`  wake-up              us: p50 ${wakeUp.p50Us} p99 ${wakeUp.p99Us}`)
    console.log(`  arrivals not timed by the kernel: ${withoutKernelTime}`)
  } finally {
    await lab.destroy()
  }
}

function byIdentity(packets: readonly CapturedPacket[]): ReadonlyMap<string, number> {
  return new Map(packets.map(({ ssrc, sequence, timeNs }) => [`${ssrc}/${sequence}`, timeNs]))
}
