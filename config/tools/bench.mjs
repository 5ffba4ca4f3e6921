// `npm run bench` and `npm run soak`: build everything they need, then run the compiled program.
import { spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, must, root } from './ensure.mjs'

ensure()
// The program itself as well: benches start it as users do, and import only parts of it.
for (const config of ['config/tsconfig.build.json', 'test/tsconfig.build.json'])
  must('the build of the benches', process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    ...['-p', join(root, config)],
  ])
// The compiler leaves plain JavaScript where it is.
const packages = join('test', 'support', 'packages.mjs')
copyFileSync(join(root, packages), join(root, 'dist', packages))
const [program = 'bench/run', ...args] = process.argv.slice(2)
const child = spawn(process.execPath, [join(root, 'dist', 'test', `${program}.js`), ...args], {
  cwd: root,
  stdio: 'inherit',
})
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
