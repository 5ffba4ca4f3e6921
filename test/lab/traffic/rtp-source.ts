/**
 * A sender of G.711-sized RTP as a program of its own: argv[2] is an RtpPlan as JSON. Calls are
 * spread evenly over the frame, each packet leaves at its place on an absolute grid. Prints how
 * many were sent. Knows nothing of voip-ready: it is the ruler, not the instrument.
 */
import koffi from 'koffi'
import { allocate, hurry, Waiter, wallNs } from '../router/kernel.ts'
import type { RtpPlan } from './rtp-plan.ts'

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)')
const setsockopt = libc.func('int setsockopt(int, int, int, uintptr_t, uint32_t)')
const bind = libc.func('int bind(int, uintptr_t, uint32_t)')
const connect = libc.func('int connect(int, uintptr_t, uint32_t)')
const send = libc.func('intptr_t send(int, uintptr_t, size_t, int)')

const plan = JSON.parse(process.argv[2] ?? '') as RtpPlan
const baseSeconds = Math.floor(Date.now() / 86_400_000) * 86_400
const FRAME_NS = 20e6

function main(): void {
  hurry()
  const fd = openSocket()
  const packets = Array.from({ length: plan.calls }, (_, call) => newPacket(call))
  const waiter = new Waiter([])
  const startNs = wallNs(baseSeconds) + FRAME_NS
  let sent = 0
  for (let frame = 0; frame < plan.frames; frame++) {
    for (const [call, packet] of packets.entries()) {
      const dueNs = startNs + frame * FRAME_NS + (call * FRAME_NS) / plan.calls
      waiter.wait(dueNs - wallNs(baseSeconds))
      packet.view.setUint16(2, (plan.firstSequence + frame) & 0xffff)
      packet.view.setUint32(4, (frame * 160) >>> 0)
      if (send(fd, packet.at, packet.bytes.length, 0) > 0) sent++
    }
  }
  process.stdout.write(`${JSON.stringify({ sent })}\n`)
}

function newPacket(call: number) {
  const packet = allocate(12 + plan.payloadBytes)
  packet.bytes.fill(0x55)
  packet.view.setUint16(0, 0x8000)
  packet.view.setUint32(8, (plan.firstSsrc + call) >>> 0)
  return packet
}

function openSocket(): number {
  const ipv6 = plan.to.includes(':')
  const fd = socket(ipv6 ? 10 : 2, 2, 0)
  const tos = allocate(4)
  tos.view.setInt32(0, plan.dscp << 2, true)
  setsockopt(fd, ipv6 ? 41 : 0, ipv6 ? 67 : 1, tos.at, 4)
  const from = socketAddress(ipv6 ? '::' : '0.0.0.0', plan.sourcePort)
  const to = socketAddress(plan.to, plan.port)
  if (bind(fd, from.at, from.bytes.length) !== 0) throw new Error(`bind ${plan.sourcePort}`)
  if (connect(fd, to.at, to.bytes.length) !== 0) throw new Error(`connect ${plan.to}`)
  return fd
}

function socketAddress(address: string, port: number) {
  const ipv6 = address.includes(':')
  const block = allocate(ipv6 ? 28 : 16)
  block.bytes.fill(0)
  block.view.setUint16(0, ipv6 ? 10 : 2, true)
  block.view.setUint16(2, port)
  if (ipv6) block.bytes.set(ipv6Bytes(address), 8)
  else block.bytes.set(address.split('.').map(Number), 4)
  return block
}

/** The lab's own addresses only: hexadecimal groups and at most one `::`. */
function ipv6Bytes(address: string): readonly number[] {
  const [head = [], tail = []] = address.split('::').map((part) =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16)),
  )
  const groups = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  return groups.flatMap((group) => [group >> 8, group & 255])
}

main()
