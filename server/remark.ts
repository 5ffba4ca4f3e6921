/**
 * What a person is to know beside a result, on stderr: stdout is for the result alone. With `--json` it is
 * a line of JSON, as everything on stderr then is.
 */
export function remark({ json }: { readonly json?: boolean }, message: string): void {
  const line = { time: new Date().toISOString(), level: 'info', message }
  process.stderr.write(json === true ? `${JSON.stringify(line)}\n` : `${message}\n`)
}
