// Plain Node, no dependencies: this runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const WANTED = [20, 19]

/** Runs a command in the project's root with its output shown; ends the process when it fails. */
export function must(what, command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    ...options,
  })
  if (done.status === 0) return
  const why = done.error ? done.error.message : `exit ${done.status ?? done.signal}`
  console.error(`voip-ready: ${what} failed (${why}): ${command} ${args.join(' ')}`)
  process.exit(4)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > WANTED[0] || (major === WANTED[0] && minor >= WANTED[1])) return
  console.error(
    `voip-ready: wanted Node ${WANTED.join('.')} or later, found ${process.versions.node}; install a current Node.js and run this again`,
  )
  process.exit(4)
}

function isOlder(file, than) {
  return !existsSync(file) || statSync(file).mtimeMs < statSync(than).mtimeMs
}

/** Installs the locked dependencies when they are missing or older than the lockfile. */
function install() {
  const stamp = join(root, 'node_modules', '.package-lock.json')
  if (!isOlder(stamp, join(root, 'package-lock.json'))) return
  console.error('voip-ready: installing the locked dependencies (first time: one to two minutes)')
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  // Where a library must be compiled, on all cores.
  const env = { JOBS: 'max', ...process.env }
  if (npm) must('npm ci', process.execPath, [npm, ...args], { env })
  else must('npm ci', 'npm', args, { env, shell: process.platform === 'win32' })
}

/**
 * Compiles agent, server, shared and config to dist/; incremental, so it costs little when fresh.
 * @param {...string} options of the compiler
 */
export function build(...options) {
  must('the build', process.execPath, [
    ...[join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p'],
    ...[join(root, 'config', 'tsconfig.build.json'), ...options],
  ])
  must('the page', process.execPath, [
    join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
    ...[
      'build',
      '--logLevel',
      'warn',
      '--config',
      join(root, 'server', 'dashboard', 'vite.config.ts'),
    ],
  ])
  // The compiler writes it as any other file; npm mends that where it installs, and a link by hand needs it.
  chmodSync(join(root, 'dist', 'agent', 'main.js'), 0o755)
  must('the build, made flat', process.execPath, [join(root, 'config', 'tools', 'flatten.mjs')])
  must('libraries of many files, made one', process.execPath, [
    join(root, 'config', 'tools', 'one-file.mjs'),
  ])
  must('profiles, read before', process.execPath, [
    join(root, 'config', 'tools', 'read-before.mjs'),
  ])
  must('the verifier as one file', process.execPath, [
    join(root, 'config', 'tools', 'verifier.mjs'),
  ])
}

/**
 * Everything that a fresh clone lacks: dependencies and the build. Types, two thirds of its time, are
 * judged by `npm run build` and by a test of style.
 */
export function ensure() {
  checkNode()
  install()
  build('--noCheck')
}
