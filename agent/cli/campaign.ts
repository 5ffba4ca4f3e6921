import type { Command } from 'commander'
import type { CertifyOptions } from '../campaign/run.ts'
import type { CampaignRunOptions } from '../campaign/run-campaign.ts'
import type { CampaignStatusOptions } from '../campaign/status.ts'
import { engineOption } from './check.ts'
import { withKeyOptions } from './verify.ts'

const EXAMPLES = `
A protocol is a YAML file that both parties agree on before anything is measured; config/examples
has one. An enrolled agent measures all the time; certify asks its signed evidence whether the
protocol was followed. run makes the agreed measurements where there is no collector.

Example:
  voip-ready campaign check leeds-campaign.yaml
  voip-ready campaign run leeds-campaign.yaml --site site.yaml --state leeds-campaign
  voip-ready campaign status leeds-campaign.yaml --state leeds-campaign
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
  addRun(campaign)
  campaign
    .command('status')
    .description('how a campaign stands: asked, done, missing and why, and what is next')
    .argument('<file>', 'the protocol')
    .requiredOption('--state <dir>', 'the folder that campaign run was given')
    .action(async (file: string, _options, command: Command) => {
      const { runCampaignStatus } = await import('../campaign/status.ts')
      const options = command.optsWithGlobals<CampaignStatusOptions>()
      process.exitCode = await runCampaignStatus(file, options, write, Date.now())
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

const RUN_WORDS = `
Voice alone is measured; for all other lines: voip-ready check. What was missed is written down and
never made up for. Ctrl-C ends it; the same command goes on where it was.

The files in --state are no evidence: nobody signed them. certify rests on the bundle of an enrolled
agent. To have both, enrol an agent (voip-ready agent enrol) and let it run: it measures all the
time, these times too. Where a site has no collector, run is all there is, and proves nothing.

Exit: 0 all was done and is READY; 1 a measurement is NOT READY; 2 incomplete, or it cannot be said.

Example:
  voip-ready campaign run leeds-campaign.yaml --site site.yaml --state leeds-campaign`

function addRun(campaign: Command): void {
  campaign
    .command('run')
    .description('make the agreed measurements, each at its time, until the last is over')
    .argument('<file>', 'the protocol')
    .requiredOption('--site <file>', 'site file: profile, both data centres, their access keys')
    .requiredOption('--state <dir>', 'folder for what was done, and the result of each measurement')
    .addOption(engineOption())
    .addHelpText('after', RUN_WORDS)
    .action(async (file: string, _options, command: Command) => {
      const { runCampaign } = await import('../campaign/run-campaign.ts')
      const { processOutput } = await import('./output.ts')
      const options = command.optsWithGlobals<CampaignRunOptions>()
      process.exitCode = await runCampaign(file, options, processOutput())
    })
}
