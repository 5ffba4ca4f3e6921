// `npm test`: installs what the tests need, runs them all, and ends with one line that counts.
// Plain Node, no dependencies: this runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensure, root } from '../config/tools/ensure.mjs'

const ci = process.env.CI === 'true'

// Debian's packages come while npm compiles its own: each waits for one core and the network.
const packages = spawn(process.execPath, [join(root, 'test', 'support', 'packages.mjs')], {
  stdio: 'inherit',
})
const packagesCame = once(packages, 'exit')
ensure()
await packagesCame

const folder = mkdtempSync(join(tmpdir(), 'voip-ready-test-'))
/** Beside others on a shared machine a clock may slip; what more than this many files say is true. */
const MOST_AGAIN = 3

process.exitCode = conclude()

/** Runs vitest; its own result, and no files where it left none. */
function runTests(...options) {
  const report = join(folder, 'report.json')
  const unhandled = join(folder, 'unhandled')
  rmSync(report, { force: true })
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      ...['run', '--config', 'test/vitest.config.ts', '--reporter=default', '--reporter=json'],
      ...[`--outputFile.json=${report}`, '--reporter=./test/support/unhandled.mjs'],
      ...options,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, VOIP_READY_BUILT: 'yes', VOIP_READY_UNHANDLED: unhandled },
    },
  )
  const stray = existsSync(unhandled)
  if (!existsSync(report)) return { status, stray, files: undefined }
  return { status, stray, files: JSON.parse(readFileSync(report, 'utf8')).testResults }
}

/**
 * Everything once. The few files of which something failed are run again with nothing beside them:
 * what passes then failed by its neighbours' load, is named at the end, and counts as passed.
 */
function outcome() {
  const first = runTests(...process.argv.slice(2))
  const failed = first.files?.filter((file) => file.status === 'failed') ?? []
  const few = failed.length > 0 && failed.length <= MOST_AGAIN
  if (process.argv.length > 2 || first.stray || !few) return { ...first, again: [] }
  const said = failures(failed)
  for (const line of said) console.error(line)
  console.error(`${failed.length} files failed beside others: again, alone`)
  const alone = runTests('--no-file-parallelism', ...failed.map((file) => file.name))
  if (alone.files?.length !== failed.length) return { ...first, again: [] }
  const files = first.files.filter((file) => file.status !== 'failed').concat(alone.files)
  return { status: alone.status, files, again: alone.status === 0 ? said : [] }
}

/** Reads the runner's own result; what was skipped is named, and with CI=true it is a failure. */
function conclude() {
  const { status, files, again } = outcome()
  rmSync(folder, { recursive: true, force: true })
  if (files === undefined) {
    console.log('0 passed, 1 failed')
    return 1
  }
  const tests = files.flatMap((file) =>
    file.assertionResults.map((test) => ({
      status: test.status,
      name: `${file.name.replace(root, '')}: ${test.fullName}`,
    })),
  )
  const passed = tests.filter((test) => test.status === 'passed').length
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  const brokenFiles = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  ).length
  for (const { name } of skipped) console.error(`SKIPPED ${name}`)
  for (const line of failures(files)) console.error(line)
  for (const line of again) console.error(`PASSED ONLY ALONE, beside others it had ${line}`)
  if (skipped.length > 0) {
    console.error(`${skipped.length} tests were skipped: they need root on Linux with namespaces.`)
  }
  const failed =
    tests.filter((test) => test.status === 'failed').length +
    brokenFiles +
    (ci ? skipped.length : 0)
  const bad = failed > 0 || status !== 0 || passed === 0
  console.log(`${passed} passed, ${bad && failed === 0 ? 1 : failed} failed`)
  return bad ? 1 : 0
}

/** What failed and why, said again at the very end: a long log is often cut to its last lines. */
function failures(files) {
  return files.flatMap((file) => {
    const name = file.name.replace(root, '')
    const tests = file.assertionResults.filter((test) => test.status === 'failed')
    if (file.status === 'failed' && tests.length === 0) return [`FAILED ${name}: ${file.message}`]
    return tests.map(
      (test) =>
        `FAILED ${name}: ${test.fullName}\n${test.failureMessages.join('\n').slice(0, 2000)}`,
    )
  })
}
