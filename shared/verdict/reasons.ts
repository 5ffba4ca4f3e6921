import { LOAD_REASONS } from './load-reasons.ts'
import { NAMING_REASONS } from './naming-reasons.ts'
import { PORT_REASONS } from './port-reasons.ts'

/** Every reason a finding can have: what it means, and what a person does about it. Closed list. */
export const REASONS = {
  'within-limit': {
    means: 'measured, and within the limit with its whole error',
    advice: '',
  },
  'over-limit': {
    means: 'measured, and beyond the limit with its whole error',
    advice: 'find the segment with voip-ready path, then mend queueing or capacity there',
  },
  'rtt-proves-fail': {
    means: 'round trips of twice the limit prove that one leg is beyond it; which one needs clocks',
    advice: 'synchronise both hosts (chrony) to learn which leg, or shorten the path',
  },
  'clock-uncertain': {
    means: 'the limit lies inside the error of the two clocks',
    advice: 'synchronise both hosts with NTP so that the error gets smaller, then test again',
  },
  'clock-fault': {
    means: 'the clocks contradict each other or stepped; one-way figures are void',
    advice: 'check the time service of both hosts; voip-ready doctor shows what the kernel says',
  },
  'too-few-packets': {
    means: 'too few packets to decide so close to the limit',
    advice: 'run longer',
  },
  'leg-unknown': {
    means: 'losses happened, but nothing tells on which leg',
    advice: 'let the reflector answer at the end of the run, then test again',
  },
  disagreement: {
    means:
      'losses happened, and what the reflector says it received contradicts what came back from it',
    advice:
      'hold the raw rows of both hosts against each other (voip-ready agent rows, voip-ready reflector rows)',
  },
  'round-trip-proves-loss': {
    means:
      'more round trips are missing than two legs within the limit could lose; which leg is unknown',
    advice: 'let the reflector answer at the end of the run to learn which leg, then mend it',
  },
  'limits-not-held': {
    means: 'the limits on delay, jitter or loss did not hold while these calls were offered',
    advice: 'mend the line named in the finding first; add capacity if it only fails under load',
  },
  'other-limit': {
    means: 'what was counted was counted against another limit than this profile sets',
    advice: 'measure again with this profile',
  },
  'partly-observed': {
    means:
      'what was seen is good, but part of this time or of its packets was not; a pass would claim too much',
    advice: 'judge a time without gaps, or see why the agent or the far end was away',
  },
  'one-reflector': {
    means: 'one reflector answered for both far ends: what was looked at is one place, and not two',
    advice:
      'name the address of a reflector of its own for each far end; each data centre must run one',
  },
  'mark-changed': {
    means: 'the mark left the sender and arrived with another value',
    advice: 'find the hop with voip-ready path and trust DSCP 46 there',
  },
  'mark-arrived': { means: 'every packet arrived with the mark', advice: '' },
  'egress-unproven': {
    means: 'another mark arrived, but it was not shown that the right one left this host',
    advice: 'run the sender with CAP_NET_RAW so that its own departures can be watched',
  },
  'marked-at-host': {
    means: 'the sending host itself let it out with another mark: that is not the network',
    advice:
      'find what rewrites marks on the sending host (nft list ruleset, tc filter show, its QoS policy) and take it away',
  },
  'cannot-mark': {
    means: 'this engine cannot set a mark on its packets',
    advice: 'run the agent on Linux',
  },
  'cannot-see-mark': {
    means: 'the receiver cannot read the mark',
    advice: 'run agent and reflector on Linux',
  },
  host: {
    means: 'the instrument itself was disturbed; its figures cannot convict the network',
    advice: 'give the host more CPU or buffer, or move the agent, then test again',
  },
  'no-reply': {
    means:
      'the far end answered nothing in this time: service loss or a blocked path, not a measurement',
    advice: 'check that the reflector runs and that UDP passes both ways',
  },
  'answered-elsewhere': {
    means:
      'the far end was asked at one address and answered from another: no such answer is counted',
    advice:
      "name the address that is asked in the reflector's --listen, or look for a NAT that rewrites its answers",
  },
  'own-load': {
    means: 'the agent itself loaded the way for a run; what it measured meanwhile decides nothing',
    advice: 'judge a time without runs; the run has findings of its own',
  },
  refused: {
    means: 'the reflector refused the session',
    advice: 'see the reason it gave; check the access key and its limits',
  },
  'needs-site-value': {
    means: 'the site file does not give what this line needs',
    advice: 'add the value to the site file',
  },
  'far-end-not-configured': {
    means: 'the site file names no reflector for this data centre',
    advice: 'add it under farEnds in the site file',
  },
  waived: {
    means: 'the parties left this line out for this site, for the reason the site file gives',
    advice: '',
  },
  'probe-not-run': {
    means: 'nothing looked at this line, or not recently enough to count',
    advice: 'run the full check, or let the agent look at every line on its schedule',
  },
  'half-duplex': {
    means: 'an interface or switch port runs at half duplex',
    advice: 'set both ends of that cable to automatic negotiation, or both to full duplex',
  },
  'full-duplex': {
    means: 'every interface and switch port that could be read runs at full duplex',
    advice: '',
  },
  'duplex-unseen': {
    means:
      'no interface or switch port with a cable behind it told its duplex, or one did not tell',
    advice:
      'name the switches with their SNMP access in the site file, or measure from a wired host',
  },
  'vlan-contradiction': {
    means: 'those who name the voice VLAN contradict each other',
    advice: 'give phones one VLAN: mend DHCP option 132, the switch or the site file',
  },
  'vlan-agrees': { means: 'those who name the voice VLAN agree with the site file', advice: '' },
  'vlan-unconfirmed': {
    means: 'nobody contradicts, but the site file and a second source are needed to agree',
    advice: "give voiceVlan in the site file, and ask from the phones' network (DHCP, LLDP)",
  },
  ...PORT_REASONS,
  ...NAMING_REASONS,
  ...LOAD_REASONS,
  'segment-contradiction': {
    means:
      'more is lost to the border of a segment than beyond it: its reflector is not on this way',
    advice: 'put the reflector on the way of voice, or take the segment out of the site file',
  },
  'no-voice-leg': {
    means: 'by the model or by its kind of circuit, no voice travels here',
    advice: '',
  },
  'no-data': {
    means: 'nothing was observed in this time',
    advice: 'check that the far end answers, and that the agent runs and delivers',
  },
} as const

export type ReasonCode = keyof typeof REASONS
