/**
 * The impairment router as a process of its own: one link between two network namespaces.
 * argv[2] is a RouterOptions as JSON; standard input takes one JSON command per line, standard
 * output answers in the same order. One synchronous loop, no event loop: nothing may come between
 * a due packet and its sending. Ends on `stop`, on a closed input, when a device is gone, and
 * when its time is up.
 */
import { openSync, writeSync } from 'node:fs'
import { Alarm } from './alarm.ts'
import { ArrivalTimes, SNAP_BYTES } from './arrival-times.ts'
import { Forwarder, type Side } from './forwarder.ts'
import { refuseImpairments } from './impairment.ts'
import {
  allocate,
  hurry,
  inNamespace,
  openTap,
  openTun,
  POLL_GONE,
  POLLIN,
  readInto,
  Waiter,
  wallNs,
} from './kernel.ts'
import { PacketStore } from './packet-store.ts'
import type { Command, RouterOptions, SideOptions } from './protocol.ts'

const options = JSON.parse(process.argv[2] ?? '') as RouterOptions
const baseSeconds = Math.floor(Date.now() / 86_400_000) * 86_400
const FLUSH_ROOM_NS = 1e6
const LONGEST_WAIT_NS = 50e6

function run(): void {
  const sides = [openSide(options.sides[0]), openSide(options.sides[1])] as const
  const store = new PacketStore(openSync(options.log, 'w'), baseSeconds)
  const forwarder = new Forwarder(sides, store, baseSeconds, options.hop)
  forwarder.impair(options.rules, options.seed)
  const waiter = new Waiter([sides[0].fd, sides[1].fd, 0])
  const alarm = new Alarm(() => wallNs(baseSeconds))
  const endNs = wallNs(baseSeconds) + options.maxSeconds * 1e9
  const commands = new CommandReader((command) => obey(command, forwarder, store))
  say({ ready: true, scheduling: hurry() })

  while (!commands.ended && wallNs(baseSeconds) < endNs) {
    forwarder.sendDue()
    if (!pause(waiter, forwarder, store, alarm)) continue
    if (((waiter.events(0) | waiter.events(1)) & POLL_GONE) !== 0) break
    if ((waiter.events(0) & POLLIN) !== 0) forwarder.readSide(0)
    if ((waiter.events(1) & POLLIN) !== 0) forwarder.readSide(1)
    if (waiter.events(2) !== 0) commands.read()
  }
  forwarder.abandon()
  store.flush()
  say({ stopped: true, counters: forwarder.counters() })
  process.exit(0)
}

/** Waits for input, but only until shortly before the next packet is due; true when there is some. */
function pause(waiter: Waiter, forwarder: Forwarder, store: PacketStore, alarm: Alarm): boolean {
  const leftNs = forwarder.nextDueNs - wallNs(baseSeconds)
  if (leftNs <= 0) return waiter.wait(0)
  if (store.wantsFlush && leftNs > FLUSH_ROOM_NS) store.flush()
  const restNs = Math.min(LONGEST_WAIT_NS, alarm.restNs(leftNs))
  const wakeNs = wallNs(baseSeconds) + restNs
  if (waiter.wait(restNs)) return true
  if (restNs > 0) alarm.rang(wallNs(baseSeconds) - wakeNs)
  return false
}

function openSide({ namespace, device, ipv4, ipv6 }: SideOptions): Side {
  return inNamespace(namespace, () => {
    const fd = openTun(device)
    const arrivals = new ArrivalTimes(openTap(device, SNAP_BYTES), baseSeconds)
    return { fd, arrivals, ipv4: Uint8Array.from(ipv4), ipv6: Uint8Array.from(ipv6) }
  })
}

function obey(command: Command, forwarder: Forwarder, store: PacketStore): void {
  if (command.do === 'impair') {
    const refusal = refuseImpairments(command.rules)
    if (refusal === undefined) forwarder.impair(command.rules, command.seed)
    say({ refusal, atNs: wallNs(baseSeconds), baseSeconds })
    return
  }
  if (command.do === 'clear-accuracy') forwarder.clearAccuracy()
  store.flush()
  say({ counters: forwarder.counters() })
}

function say(answer: object): void {
  writeSync(1, `${JSON.stringify(answer)}\n`)
}

/** Standard input, read without the event loop. A line is a command; the end is an order to stop. */
class CommandReader {
  ended = false
  readonly #block = allocate(65_536)
  readonly #obey: (command: Command) => void
  #text = ''

  constructor(obeyCommand: (command: Command) => void) {
    this.#obey = obeyCommand
  }

  read(): void {
    const length = readInto(0, this.#block.at, 65_536)
    if (length <= 0) {
      this.ended = true
      return
    }
    this.#text += Buffer.from(this.#block.bytes.subarray(0, length)).toString()
    const lines = this.#text.split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) {
      const command = JSON.parse(line) as Command
      if (command.do === 'stop') this.ended = true
      else this.#obey(command)
    }
  }
}

run()
