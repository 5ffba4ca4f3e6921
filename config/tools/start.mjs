// `npm start`: installs what is missing, builds, and runs the main job on an embedded default.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensure, root } from './ensure.mjs'

ensure()
const args = process.argv.slice(2)
const child = spawn(process.execPath, [join(root, 'dist', 'agent', 'main.js'), 'demo', ...args], {
  stdio: 'inherit',
})
// The terminal sends Ctrl-C to both; a plain kill reaches only this process and is passed on.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
