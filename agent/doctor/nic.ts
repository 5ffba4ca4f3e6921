import type { Nic } from '../io/nic.ts'
import { type Checkup, good, lacking } from './advice.ts'

/** What an interface means for clause VRN-2 (full duplex) and for the figures. */
export function judgeNic(nic: Nic): Checkup {
  const name = `interface ${nic.name}`
  const speed = nic.speedMbit === null ? 'speed unknown' : `${nic.speedMbit} Mbit/s`
  if (nic.wireless) {
    return lacking(
      name,
      'degraded',
      `wireless, ${speed}`,
      'VRN-2 cannot be judged; VRN-3, -4 and -6 show the radio as well as the network',
      'measure over a cable',
    )
  }
  if (nic.duplex === 'half') {
    const repair = 'set both ends of this cable to automatic negotiation or to full duplex'
    return lacking(name, 'degraded', `half duplex, ${speed}`, 'VRN-2 fails here', repair)
  }
  if (nic.virtual) {
    const found = `virtual, ${speed}, duplex ${nic.duplex ?? 'unknown'}`
    const repair = 'run the agent on a host of its own with a real interface'
    return lacking(name, 'missing', found, 'VRN-2: says nothing about the switch', repair)
  }
  if (nic.duplex === null) {
    const repair = 'look at the switch port, or use a driver that tells'
    return lacking(name, 'missing', `duplex unknown, ${speed}`, 'VRN-2 cannot be judged', repair)
  }
  return good(name, `full duplex, ${speed}`)
}
