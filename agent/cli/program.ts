import { Command } from 'commander'
import { EXIT, errorDocument } from '../../shared/errors.ts'
import { toolVersion } from '../version.ts'
import { addAgentCommand } from './agent.ts'
import { wantsAgentPart } from './agent-apart.ts'
import { addAgentLedgerCommand } from './agent-ledger.ts'
import { addBundleCommand } from './bundle.ts'
import { addCampaignCommand } from './campaign.ts'
import { addCapacityCommand } from './capacity.ts'
import { addCheckCommand } from './check.ts'
import { addCompareCommand } from './compare.ts'
import { addDemoCommand } from './demo.ts'
import { addDoctorCommand } from './doctor.ts'
import { addEligibilityCommand } from './eligibility.ts'
import { refuseEmptyValues } from './empty-values.ts'
import { addExamples } from './examples.ts'
import { explain, wantsJson } from './explain.ts'
import { addPathCommand } from './path.ts'
import { addPortsCommand } from './ports.ts'
import { addQosCommand } from './qos.ts'
import { addReportCommand } from './report.ts'
import { addVerifyCommand } from './verify.ts'

type AddCommands = (program: Command) => void | Promise<void>

const EXITS = `
Exit codes: 0 pass, 1 fail, 2 inconclusive, 3 wrong usage or configuration,
4 environment (permission, port, far end), 5 evidence invalid.

Examples:
  voip-ready demo
  voip-ready doctor
  voip-ready check --site site.yaml
  voip-ready check --primary 10.1.0.10 --secondary 10.2.0.10 --key leeds:SECRET`

/**
 * Reads the arguments, runs the command, and returns the exit code. Prints faults as one line.
 * @param roles commands of other rooms, loaded only when they are asked for
 */
export async function runProgram(
  argv: readonly string[],
  roles: { readonly collector: AddCommands },
): Promise<number> {
  const program = await programFor(argv, roles)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? EXIT.pass)
  } catch (error) {
    return explain(error, argv)
  }
}

/** The commands, and of those that have a room of their own only what these arguments ask for. */
export async function programFor(
  argv: readonly string[],
  roles: { readonly collector: AddCommands },
): Promise<Command> {
  const program = newProgram(argv)
  addCheckCommand(program)
  if (wantsAgentPart(argv)) await addAgentParts(program)
  else addAgentCommand(program)
  await addReflector(program, argv)
  await addCollector(program, argv, roles.collector)
  addPathCommand(program)
  addCapacityCommand(program)
  addQosCommand(program)
  addPortsCommand(program)
  await addWitness(program, argv)
  addBundleCommand(program)
  addVerifyCommand(program)
  addCompareCommand(program)
  addEligibilityCommand(program)
  addCampaignCommand(program)
  addReportCommand(program)
  addDoctorCommand(program)
  addDemoCommand(program)
  addExamples(program)
  return program
}

function newProgram(argv: readonly string[]): Command {
  const program = new Command('voip-ready')
  return (
    program
      .description(
        'Does this network carry voice as the contract asks? Measures, judges, and proves.',
      )
      .version(toolVersion())
      .option('--json', 'print results as JSON, logs as JSON lines')
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        outputError: (text, write) => write(usageError(text, asked(program, argv), argv)),
      })
      .exitOverride()
      .addHelpText('after', EXITS)
      .showSuggestionAfterError(true)
      // `--json` holds for every command, wherever it stands on the line.
      .hook('preAction', (whole, command) => {
        if (whole.opts().json === true) command.setOptionValue('json', true)
        refuseEmptyValues(command, argv)
      })
  )
}

async function addAgentParts(program: Command): Promise<void> {
  const agent = program.command('agent')
  const [{ addEnrolCommand }, { addAgentRowsCommands }] = await Promise.all([
    import('./enrol.ts'),
    import('./rows.ts'),
  ])
  addEnrolCommand(agent)
  addAgentLedgerCommand(agent)
  addAgentRowsCommands(agent)
}

async function addReflector(program: Command, argv: readonly string[]): Promise<void> {
  if (!asksFor('reflector', argv)) {
    program.command('reflector').description('answer the streams of agents at a far end')
    return
  }
  const { addReflectorCommands } = await import('../reflector/cli.ts')
  addReflectorCommands(program)
}

async function addWitness(program: Command, argv: readonly string[]): Promise<void> {
  if (!asksFor('witness', argv)) {
    program.command('witness').description("cosign a collector's log with a key of your own")
    return
  }
  const { addWitnessCommands } = await import('../witness/cli.ts')
  addWitnessCommands(program)
}

async function addCollector(
  program: Command,
  argv: readonly string[],
  add: AddCommands,
): Promise<void> {
  if (!asksFor('collector', argv)) {
    program.command('collector').description('take in records, judge them, and show what they say')
    return
  }
  await add(program)
}

/** True when the command's own definition is needed: it is run, or its help is asked for. */
function asksFor(name: string, argv: readonly string[]): boolean {
  const words = argv.filter((word) => !word.startsWith('-'))
  return words[0] === name || (words[0] === 'help' && words[1] === name)
}

/** What the parser says, in one line. */
function usageError(text: string, command: string, argv: readonly string[]): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
  const repair = `see ${command} --help`
  if (!wantsJson(argv)) return `voip-ready: ${message} (${repair})\n`
  return errorDocument({ code: 'USAGE', exit: EXIT.usage, message, repair })
}

/** `voip-ready campaign run`: the command that is asked for, as far as there is one of that name. */
function asked(program: Command, argv: readonly string[]): string {
  const names = [program.name()]
  let here: Command | undefined = program
  for (const word of argv.filter((one) => !one.startsWith('-'))) {
    here = here.commands.find((one) => one.name() === word)
    if (here === undefined) break
    names.push(word)
  }
  return names.join(' ')
}
