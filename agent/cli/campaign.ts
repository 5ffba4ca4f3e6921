import type { Command } from 'commander'
import type { CertifyOptions } from '../campaign/run.ts'
import { withKeyOptions } from './verify.ts'

const EXAMPLES = `
A protocol is a YAML file that both parties agree on before anything is measured; config/examples
has one. The enrolled agent measures; certify asks its evidence whether the protocol was followed.

Example:
  voip-ready campaign check leeds-campaign.yaml
  voip-ready campaign certify leeds-campaign.yaml --bundle leeds.bundle \\
    --agent-key agent.vkey --reflector-key dc1.vkey --log-key log.vkey`

export function addCampaignCommand(program: Command): void {
  const campaign = program
    .command('campaign')
    .description('an agreed protocol of measurements: check it, and certify that it was followed')
    .addHelpText('after', EXAMPLES)
  const write = (text: string) => process.stdout.write(text)
  campaign
    .command('check')
    .description('read a protocol, and print what it asks for with its sha256')
    .argument('<file>', 'the protocol')
    .action(async (file: string, _options, command: Command) => {
      const { runProtocolCheck } = await import('../campaign/run.ts')
      const { json } = command.optsWithGlobals<{ readonly json?: boolean }>()
      process.exitCode = await runProtocolCheck(file, json, write, Date.now())
    })
  withKeyOptions(
    campaign
      .command('certify')
      .description('say from a bundle alone whether a protocol was followed, point by point')
      .argument('<file>', 'the protocol')
      .requiredOption('--bundle <file>', 'the evidence'),
  ).action(async (file: string, _options, command: Command) => {
    const { runCertify } = await import('../campaign/run.ts')
    process.exitCode = await runCertify(file, command.optsWithGlobals<CertifyOptions>(), write)
  })
}
