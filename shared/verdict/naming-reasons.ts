/** Reasons of DNS and DHCP lines; part of the closed list in reasons.ts. */
export const NAMING_REASONS = {
  'as-wanted': { means: 'every server gives exactly what is wanted', advice: '' },
  'absent-as-allowed': {
    means: 'not given, although asked for as a phone does; the line allows that',
    advice: '',
  },
  'accepted-with-warning': {
    means: 'within the contract, but another standard keeps this value for itself',
    advice: '',
  },
  'dns-wrong-value': {
    means: 'a name leads elsewhere than it must',
    advice: 'correct the record on the servers named, or the expected value in the site file',
  },
  'dns-no-such-name': {
    means: 'a server says that the name does not exist',
    advice: 'add the record, or forward this zone to the server that has it',
  },
  'dns-empty': {
    means: 'the name exists, but has no record of this kind',
    advice: 'add the record on the servers named',
  },
  'dns-extra': {
    means: 'the name has records that nobody expects, and calls may go there',
    advice: 'remove the records named, or add them to the site file',
  },
  'dns-server-error': {
    means: 'a server refuses the question or fails at it',
    advice: 'let this network ask it, or mend its forwarding of the zone',
  },
  'dns-dangling-target': {
    means: 'the service record is as wanted, but its target has no address',
    advice:
      'correct the target (the handbook prints one digit too many), or add its address record',
  },
  'dns-disagreement': {
    means: 'one server gives what is wanted and another does not: phones get either',
    advice: 'make the servers named hold the same zone; mend the one that fails at it',
  },
  'short-name-unproven': {
    means: 'the full name is right, but nothing showed that the short name leads to it',
    advice: 'hand the domain out as a search suffix (DHCP option 15 or 119, or resolv.conf here)',
  },
  'no-dns-server': {
    means: 'no DNS server is known to ask',
    advice: 'give dns.servers in the site file',
  },
  'no-answer': {
    means: 'silence: nobody said anything wrong, and nobody said anything right',
    advice: 'check address and firewall, and that the server runs',
  },
  'malformed-answer': {
    means: 'something answered that does not speak the protocol properly',
    advice: 'look at what listens there, or what changes the answers on their way',
  },
  'option-wrong': {
    means: 'a DHCP server gives another value than phones need',
    advice: 'correct the option on the DHCP server named',
  },
  'option-missing': {
    means: 'asked as a phone, a DHCP server does not give this option',
    advice: 'add the option to the scope of the phones',
  },
  'vendor-class-needed': {
    means: 'the option did not come, but the server may keep it for phones alone',
    advice: 'give dhcp.vendorClass (option 60 of the phones) in the site file',
  },
  'dhcp-servers-differ': {
    means: 'more than one DHCP server answers, and not all give what phones need',
    advice: 'find the server that does not belong here (a rogue), or make both alike',
  },
  'zone-not-served': {
    means: 'a DNS server that DHCP names does not answer for the service zone',
    advice: 'name servers that hold the zone, or forward the zone there',
  },
  'provisioning-unresolved': {
    means: 'the host of the provisioning address has no address',
    advice: 'add the address records of that host',
  },
  'http-unanswered': {
    means: 'the provisioning address is right, but no HTTP answers there (inferred, not printed)',
    advice: 'start the provisioning server, or open the port',
  },
  'not-permitted': {
    means: 'this host does not let the program do what this look needs',
    advice: 'run as root, or grant CAP_NET_BIND_SERVICE (DHCP answers come to UDP port 68 alone)',
  },
  'port-taken': {
    means: 'another program on this host has the port that answers come to',
    advice:
      "stop this host's own DHCP client for the test, or ask from a host with a fixed address",
  },
  'no-interface': {
    means: "there is no interface with an IPv4 address on the phones' network to ask from",
    advice: 'name one with dhcp.interface in the site file',
  },
} as const
