import { appendFileSync } from 'node:fs'

/** Beside the JSON report, which has no room for them: errors that no test stood up for. */
export default class Unhandled {
  onTestRunEnd(_modules, errors) {
    for (const error of errors)
      appendFileSync(process.env.VOIP_READY_UNHANDLED, `${error.message}\n`)
  }
}
