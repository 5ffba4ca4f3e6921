/** Reasons of the port table's rows; part of the closed list in reasons.ts. */
export const PORT_REASONS = {
  'ports-open': {
    means: 'every port of this row that is needed was reached, and its answer carried our nonce',
    advice: '',
  },
  'handshake-only': {
    means: 'real servers answered; that a handshake was theirs alone is not proven',
    advice: '',
  },
  'port-refused': {
    means: 'a port was refused although somebody listens there, or ought to',
    advice: 'find the device or host firewall that resets these connections',
  },
  'port-filtered': {
    means: 'nothing came back from a port that is being listened on: a filter drops it',
    advice:
      'open it in the firewalls between; voip-ready ports --firewall-ticket writes the request',
  },
  'port-unreachable': {
    means: 'ICMP said that a port cannot be reached',
    advice:
      'open it where the device named in the finding filters, or mend its route; voip-ready ports ' +
      '--firewall-ticket writes the request',
  },
  'port-intercepted': {
    means: 'somebody else than the far end answered on a port',
    advice: 'find the proxy or redirection in between and exempt these ports from it',
  },
  'port-blocked-out': {
    means: 'packets to a port are lost on the way from the site to the far end',
    advice: 'open it from site to far end; voip-ready ports --firewall-ticket writes the request',
  },
  'port-blocked-back': {
    means: 'packets of a port are lost on the way from the far end to the site',
    advice: 'open it from far end to site; voip-ready ports --firewall-ticket writes the request',
  },
  'other-path': {
    means: 'this row is of another circuit than the one on which it was looked at',
    advice:
      'name its servers (ports.ROW.hosts in the site file), or say path: Internet of a far end reached over it',
  },
  'port-behind-nat': {
    means:
      'the far end sees a NAT in place of this host, and no connection came through it to here',
    advice:
      'map the ports to this host at the NAT, or put the agent where the far end reaches it without one',
  },
  'port-silent': {
    means: 'nothing came back over UDP, and nobody could say where it was lost',
    advice: 'run the responder at the far end: voip-ready reflector run --respond PROFILE',
  },
  'one-way-protocol': {
    means: 'nobody answers this protocol, so silence says nothing',
    advice: 'run the responder at the far end: voip-ready reflector run --respond PROFILE',
  },
  'not-listening': {
    means: 'the responder does not hold a port, so nothing can be said of the way to it',
    advice: 'free the port at the responder or give it the right to hold it',
  },
  'no-responder': {
    means: 'no responder answers for this far end, so what was seen proves nothing',
    advice: 'run it there: voip-ready reflector run --respond PROFILE; or name the real hosts',
  },
  'port-not-tested': {
    means: 'this host was in the way of testing a port; voip-ready ports names how',
    advice: 'run the agent as root, or stop what holds the port here',
  },
} as const
