import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Worker threads and child processes run what is in dist/ (Node 20 cannot load TypeScript), so the
 * build is made fresh before any test: once, though each group of tests asks. Types are judged by
 * `npm run types`, not here.
 */
export default function build(): void {
  if (process.env.VOIP_READY_BUILT !== undefined) return
  process.env.VOIP_READY_BUILT = 'yes'
  const root = fileURLToPath(new URL('../..', import.meta.url))
  spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'config/tsconfig.build.json'],
    {
      cwd: root,
      stdio: 'ignore',
    },
  )
}
