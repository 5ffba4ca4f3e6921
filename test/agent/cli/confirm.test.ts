import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { PROGRAM } from '../../support/program.ts'

const built = (file: string) => new URL(file, `file://${PROGRAM}`).href

/** Asks on a terminal of its own, as the program does; what was to be seen there. */
async function asked(answer: string): Promise<string> {
  const code = `
    import { confirmOnTerminal } from "${built('cli/confirm.js')}"
    import { showOnly } from "${built('../shared/terminal-text.js')}"
    for (const stream of [process.stdout, process.stderr]) showOnly(stream)
    const told = (no) => console.log(no.found)
    await confirmOnTerminal(false)("a load").then(() => console.log("YES"), told)`
  const command = `${process.execPath} --input-type=module -e '${code}'`
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let seen = ''
  terminal.stdout.setEncoding('utf8').on('data', (part: string) => {
    if (!seen.includes('N] ') && (seen + part).includes('N] ')) terminal.stdin.write(answer)
    seen += part
  })
  await new Promise((ended) => terminal.on('close', ended))
  return seen.replaceAll('\r', '')
}

test('a load is asked for in plain words, and only a yes is one', async () => {
  expect(await asked('y\n')).toBe('a load\nGo on? [y/N] y\nYES\n')
  expect(await asked('\n')).toBe('a load\nGo on? [y/N] \nno\n')
  // Ctrl-D: nothing more is to come.
  expect(await asked('\u0004')).toMatch(/^a load\nGo on\? \[y\/N\] .*no\n$/s)
})
