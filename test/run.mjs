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
const report = join(folder, 'report.json')
const run = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    'test/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
)

process.exitCode = conclude()

/** Reads the runner's own result; what was skipped is named, and with CI=true it is a failure. */
function conclude() {
  if (!existsSync(report)) {
    console.log('0 passed, 1 failed')
    return 1
  }
  const result = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(folder, { recursive: true, force: true })
  const skipped = result.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map((test) => `${file.name.replace(root, '')}: ${test.fullName}`),
  )
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  ).length
  for (const test of skipped) console.error(`SKIPPED ${test}`)
  for (const line of failures(result)) console.error(line)
  if (skipped.length > 0) {
    console.error(`${skipped.length} tests were skipped: they need root on Linux with namespaces.`)
  }
  const failed = result.numFailedTests + brokenFiles + (ci ? skipped.length : 0)
  const bad = failed > 0 || run.status !== 0 || result.numPassedTests === 0
  console.log(`${result.numPassedTests} passed, ${bad && failed === 0 ? 1 : failed} failed`)
  return bad ? 1 : 0
}

/** What failed and why, said again at the very end: a long log is often cut to its last lines. */
function failures(result) {
  return result.testResults.flatMap((file) => {
    const name = file.name.replace(root, '')
    const tests = file.assertionResults.filter((test) => test.status === 'failed')
    if (file.status === 'failed' && tests.length === 0) return [`FAILED ${name}: ${file.message}`]
    return tests.map(
      (test) =>
        `FAILED ${name}: ${test.fullName}\n${test.failureMessages.join('\n').slice(0, 2000)}`,
    )
  })
}
