import { statSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { shellWord } from '../../shared/shell-word.ts'

/** A file of secrets is for its owner alone. @throws Fault CONFIG_VALUE where others may read it */
export function refuseReadByOthers(file: string): void {
  const mode = statSync(file).mode & 0o777
  if (process.platform === 'win32' || (mode & 0o077) === 0) return
  const repair = `chmod 600 ${shellWord(file)}`
  throw new Fault('CONFIG_VALUE', file, 'mode 0600', `0${mode.toString(8)}`, repair)
}
