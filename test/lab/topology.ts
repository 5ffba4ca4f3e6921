import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Capture } from './capture.ts'
import { Child } from './child.ts'
import { type Finished, ipBatch, type RunOptions, requireProgram, runCommand } from './command.ts'
import { cleanUpAtExit, forgetAtExit } from './last-resort.ts'
import { folderPrefix, GONE, KEPT, namePrefix, removeNamespaces, sweep } from './owner.ts'
import {
  type Address,
  DEFAULT_LINKS,
  hostAddress,
  hostsOf,
  type Link,
  linkAddress,
  linkName,
  neighboursOf,
  octets,
  routeCommands,
  routerAddress,
  SERVER_ADDRESSES,
} from './plan.ts'
import { Router } from './router/router.ts'

export interface LabOptions {
  /** Default: site - r1 - r2 - r3 - dc1 and dc2. The host nearer the site comes first. */
  readonly links?: readonly Link[]
  /** Links that run through an impairment router, as `r2-r3`. The others are plain veth. */
  readonly impaired?: readonly string[]
  /** False: an impairment router is a wire, leaves the TTL alone. Default true: it is one hop. */
  readonly hop?: boolean
  /** Seed of all random draws. Default 1. */
  readonly seed?: number
  /** Routers end by themselves after this time. Default 1800. */
  readonly maxSeconds?: number
}

export interface SpawnOptions {
  /** Name of the log file in the lab's folder. Default: the program's name. */
  readonly log?: string
  readonly env?: Readonly<Record<string, string>>
}

let labs = 0

/** Builds a lab and waits until it forwards. Whoever calls this must call `destroy`. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  sweep()
  const lab = new Lab(options.links ?? DEFAULT_LINKS)
  try {
    await lab.build(options)
    return lab
  } catch (error) {
    await lab.destroy()
    throw error
  }
}

/** Hosts in network namespaces, the links between them, and all that runs there. */
export class Lab {
  readonly links: readonly Link[]
  readonly hosts: readonly string[]
  /** Logs, captures and truth logs. Removed by `destroy` unless `keep` was called. */
  readonly folder: string
  readonly #prefix: string
  readonly #routers = new Map<string, Router>()
  readonly #children: Child[] = []
  #files = 0
  #kept = false

  constructor(links: readonly Link[]) {
    this.links = links
    this.hosts = hostsOf(links)
    this.#prefix = namePrefix(++labs)
    this.folder = mkdtempSync(join(tmpdir(), folderPrefix()))
    // Some peers are not root, and must be able to walk to their own files.
    chmodSync(this.folder, 0o711)
  }

  /** The network namespace of a host, as `ip netns` knows it. */
  namespace(host: string): string {
    if (!this.hosts.includes(host)) throw new Error(`there is no host ${host} in this lab`)
    return `${this.#prefix}${host}`
  }

  /** The host's address; with `neighbour`, the one on the link between them. */
  address(host: string, neighbour?: string): Address {
    if (neighbour === undefined) return hostAddress(this.links, host)
    return linkAddress(this.links, host, neighbour)
  }

  /** Names of a host's neighbours, which are also the names of its interfaces. */
  neighbours(host: string): readonly string[] {
    return neighboursOf(this.links, host)
  }

  /** The impairment router of a link that was asked for with `impaired`. */
  router(link: string): Router {
    const router = this.#routers.get(link)
    if (router !== undefined) return router
    throw new Error(`link ${link} has no impairment router: name it in createLab({ impaired })`)
  }

  /** Runs a program on a host to its end; throws when it fails, unless `mayFail`. */
  run(host: string, argv: readonly string[], options?: RunOptions): Promise<Finished> {
    return runCommand(this.#inside(host, argv), options)
  }

  /** Starts a program on a host; it ends with the lab at the latest. */
  spawn(host: string, argv: readonly string[], options: SpawnOptions = {}): Child {
    const name = options.log ?? `${host}-${(argv[0] ?? '').split('/').pop()}-${++this.#files}.log`
    const child = new Child(this.#inside(host, argv), this.file(name), options.env ?? {})
    this.#children.push(child)
    return child
  }

  /** Replaces all netfilter rules of a host; an empty ruleset clears them. */
  async nft(host: string, ruleset: string): Promise<void> {
    requireProgram('nft')
    // nft 1.0.6 wants a newline between two closing braces.
    const lines = ruleset.replaceAll(/([;}])\s*(?=})/g, '$1\n')
    await this.run(host, ['nft', '-f', '-'], { input: `flush ruleset\n${lines}\n` })
  }

  /** `ip` commands on a host, one string each: `route replace 10.0.0.0/8 via 10.77.1.2`. */
  ip(host: string, ...commands: readonly string[]): void {
    ipBatch(commands, this.namespace(host))
  }

  /** Captures with nanosecond stamps; resolves once packets are seen. `iface` is the neighbour. */
  async capture(host: string, iface: string, file?: string, filter = ''): Promise<Capture> {
    const path = this.file(file ?? `${host}-${iface}-${++this.#files}.pcap`)
    return await Capture.start(this, host, iface, path, filter)
  }

  /** /etc/resolv.conf of a host, for all that is started on it from now on. */
  resolver(host: string, servers: readonly string[], search: readonly string[] = []): void {
    const folder = `/etc/netns/${this.namespace(host)}`
    const lines = servers.map((server) => `nameserver ${server}`)
    if (search.length > 0) lines.push(`search ${search.join(' ')}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'resolv.conf'), `${lines.join('\n')}\n`)
  }

  file(name: string): string {
    return join(this.folder, name)
  }

  /** Leaves the folder in place: a test failed and somebody will want to look. */
  keep(): void {
    this.#kept = true
    writeFileSync(this.file(KEPT), '')
  }

  /** Ends every process, deletes every namespace. May be called twice. */
  async destroy(): Promise<void> {
    await Promise.all([
      ...this.#children.map((child) => child.stop()),
      ...[...this.#routers.values()].map((router) => router.stop()),
    ])
    this.destroyNow()
    forgetAtExit(this)
  }

  /** The same without waiting or asking, for when this process itself is ending. */
  destroyNow(): void {
    for (const child of this.#children) child.kill()
    for (const router of this.#routers.values()) router.kill()
    removeNamespaces(this.hosts.map((host) => this.namespace(host)))
    if (!this.#kept) rmSync(this.folder, GONE)
  }

  async build(options: LabOptions): Promise<void> {
    cleanUpAtExit(this)
    ipBatch(this.hosts.map((host) => `netns add ${this.namespace(host)}`))
    await Promise.all(this.hosts.map((host) => this.run(host, ['sh', '-c', HOST_SETTINGS])))
    const impaired = new Set(options.impaired ?? [])
    ipBatch(this.links.filter((link) => !impaired.has(linkName(link))).map((l) => this.#veth(l)))
    await Promise.all([...impaired].map((name) => this.#startRouter(name, options)))
    for (const host of this.hosts) ipBatch(this.#hostCommands(host), this.namespace(host))
  }

  #inside(host: string, argv: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace(host), ...argv]
  }

  /** An interface is named after the neighbour it leads to. */
  #veth([near, far]: Link): string {
    const peer = `peer name ${near} netns ${this.namespace(far)}`
    return `link add name ${far} netns ${this.namespace(near)} type veth ${peer}`
  }

  async #startRouter(name: string, options: LabOptions): Promise<void> {
    const index = this.links.findIndex((link) => linkName(link) === name)
    const link = this.links[index]
    if (link === undefined) throw new Error(`there is no link ${name} to impair`)
    const [near, far] = link
    const router = await Router.start({
      sides: [
        { namespace: this.namespace(near), device: far, ...octets(routerAddress(index, 0)) },
        { namespace: this.namespace(far), device: near, ...octets(routerAddress(index, 1)) },
      ],
      rules: [],
      seed: options.seed ?? 1,
      hop: options.hop ?? true,
      log: this.file(`${name}.truth`),
      maxSeconds: options.maxSeconds ?? 1800,
    })
    this.#routers.set(name, router)
  }

  #hostCommands(host: string): readonly string[] {
    const server = SERVER_ADDRESSES[host]
    return [
      'link set lo up',
      ...(server === undefined
        ? []
        : [`addr add ${server.ipv4}/32 dev lo`, `addr add ${server.ipv6}/128 dev lo`]),
      ...neighboursOf(this.links, host).flatMap((neighbour) => {
        const { ipv4, ipv6 } = this.address(host, neighbour)
        return [
          `link set ${neighbour} txqueuelen 10000 up`,
          `addr add ${ipv4}/24 dev ${neighbour}`,
          `addr add ${ipv6}/64 dev ${neighbour} nodad`,
        ]
      }),
      ...routeCommands(this.links, host),
    ]
  }
}

/** Every host forwards, asks no router and waits for no duplicate-address check. */
const HOST_SETTINGS = [
  ['net/ipv4/ip_forward', 1],
  ['net/ipv6/conf/all/forwarding', 1],
  ['net/ipv6/conf/default/forwarding', 1],
  ['net/ipv6/conf/all/accept_ra', 0],
  ['net/ipv6/conf/default/accept_ra', 0],
  ['net/ipv6/conf/all/accept_dad', 0],
  ['net/ipv6/conf/default/accept_dad', 0],
  ['net/ipv4/conf/all/rp_filter', 0],
  ['net/ipv4/conf/default/rp_filter', 0],
]
  .map(([name, value]) => `echo ${value} > /proc/sys/${name}`)
  .join(' && ')
