import type { Command } from 'commander'

/**
 * One use of each command whose help says no more than its options. What has a story to tell (what it
 * proves, what it exits with) tells it where it is defined.
 */
const EXAMPLES: { readonly [command: string]: string } = {
  'agent rows list': 'agent rows list --state /var/lib/voip-ready-agent --from 2026-11-23T08:00Z',
  'agent rows show': 'agent rows show --state /var/lib/voip-ready-agent --at 2026-11-23T08:07Z',
  'agent rows export':
    'agent rows export --state /var/lib/voip-ready-agent --from 2026-11-23T08:00Z \\\n' +
    '    --to 2026-11-23T09:00Z --out leeds.rows',
  'campaign check': 'campaign check leeds-campaign.yaml',
  'campaign status': 'campaign status leeds-campaign.yaml --state leeds-campaign',
  'campaign certify':
    'campaign certify leeds-campaign.yaml --bundle leeds.bundle \\\n' +
    '    --agent-key agent.vkey --reflector-key dc1.vkey --log-key log.vkey',
  'collector agents': 'collector agents list',
  'collector agents list': 'collector agents list',
  'collector agents revoke': 'collector agents revoke leeds/leeds-1 --why "the host was stolen"',
  'collector audit': 'collector audit --site leeds --limit 20',
  'collector ballast': 'collector ballast release',
  'collector enrol': 'collector enrol create --site leeds',
  'collector enrol list': 'collector enrol list',
  'collector ledger': 'collector ledger export-tiles /srv/log',
  'collector plan': 'collector plan put leeds leeds-plan.yaml',
  'collector plan history': 'collector plan history leeds',
  'collector plan list': 'collector plan list',
  'collector plan show': 'collector plan show leeds',
  'collector run': 'collector run ask leeds check',
  'collector run cancel': 'collector run cancel leeds 0f6f3f0e-5d0b-4c83-9d5e-2b7c61f4a9d2',
  'collector run list': 'collector run list leeds',
  'collector run watch': 'collector run watch leeds 0f6f3f0e-5d0b-4c83-9d5e-2b7c61f4a9d2',
  'collector tokens': 'collector tokens list',
  'collector tokens list': 'collector tokens list --json',
  'collector tokens revoke': 'collector tokens revoke 3f9c2a7b',
  'collector users': 'collector users add ana --customer "Leeds Ltd"',
  'collector users add': 'collector users add ana --customer "Leeds Ltd"',
  'collector users disable': 'collector users disable ana',
  'collector users enable': 'collector users enable ana',
  'collector users list': 'collector users list',
  'collector users passwd': 'collector users passwd ana --password-file -',
  'reflector key': 'reflector key show --state /var/lib/voip-ready-reflector',
  'reflector key show': 'reflector key show --state /var/lib/voip-ready-reflector',
  'reflector keys': 'reflector keys add leeds --keys keys.json',
  'reflector keys add': 'reflector keys add leeds --keys keys.json',
  'reflector keys list': 'reflector keys list --keys keys.json',
  'reflector keys revoke': 'reflector keys revoke leeds --keys keys.json',
  'reflector rows list':
    'reflector rows list --state /var/lib/voip-ready-reflector --from 2026-11-23T08:00Z',
  'reflector rows show':
    'reflector rows show --state /var/lib/voip-ready-reflector --at 2026-11-23T08:07Z',
  'reflector rows export':
    'reflector rows export --state /var/lib/voip-ready-reflector --key leeds \\\n' +
    '    --from 2026-11-23T08:00Z --to 2026-11-23T09:00Z --out dc1.rows',
  'reflector run': 'reflector run --listen 0.0.0.0:4000 --keys keys.json',
  'witness keys': 'witness keys --state /var/lib/voip-ready-witness --name witness.acme.example/w1',
  'witness run': 'witness run --state /var/lib/voip-ready-witness --logs logs.txt',
  'witness show': 'witness show --state /var/lib/voip-ready-witness --logs logs.txt',
}

/** Puts an example under the help of every command of the program that is in the table. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const example = EXAMPLES[path.join(' ')]
  if (example !== undefined) command.addHelpText('after', `\nExample:\n  voip-ready ${example}`)
  for (const sub of command.commands) addExamples(sub, [...path, sub.name()])
}
