import type { NetworkSwitch } from '../../shared/profile/site.ts'
import { type LldpAnswer, readLldp } from './lldp.ts'
import { type Nic, nicTowards, readNic } from './nic.ts'
import { openSnmp, type SnmpReader } from './snmp.ts'

/** What the link probe asks of this host and its neighbours. None of it throws for what it finds. */
export interface LinkIo {
  /** Name of the interface through which packets to an address leave. */
  interfaceTowards(address: string, local?: string): Promise<string | undefined>
  readNic(name: string): Nic
  openSnmp(target: NetworkSwitch): Promise<SnmpReader>
  readLldp(): Promise<LldpAnswer>
}

/** The real ones. @param lldpSocket control socket of lldpd, where that is not the usual one */
export function linkIo(lldpSocket?: string): LinkIo {
  return {
    interfaceTowards: nicTowards,
    readNic: (name) => readNic(name),
    openSnmp,
    readLldp: () => readLldp(lldpSocket),
  }
}
