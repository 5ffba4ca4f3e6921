import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { addKey } from '../../../agent/reflector/keys.ts'
import { startResponder } from '../../../agent/reflector/responder/responder.ts'
import { startReflector } from '../../../agent/reflector/start.ts'
import {
  NO_PORT_TOKEN,
  PORTS_BYTES,
  type PortsQuestion,
  portsQuestionBody,
  VERBS,
} from '../../../shared/wire/port-talk.ts'
import { type Key, message, openMessage, typeOf } from './caller.ts'

const HELLO: PortsQuestion = {
  ...{ verb: VERBS.hello, proto: 6, count: 0, token: NO_PORT_TOKEN, run: '11'.repeat(8) },
  ...{ address: '127.0.0.1', ports: [] },
}

/** A reflector on every address of this host, as its default is, with a responder beside it. */
async function everywhere(): Promise<{ readonly key: Key; readonly port: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'reflector-addresses-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const keysFile = join(folder, 'keys.json')
  const key = addKey(keysFile, 'site', new Date())
  const responder = await startResponder({ addresses: ['127.0.0.2'], pairs: [] })
  const reflector = await startReflector({ address: '0.0.0.0', port: 0, keysFile, responder })
  onTestFinished(() => reflector.stop())
  return { key, port: reflector.local.port }
}

test.skipIf(process.platform !== 'linux')(
  'streams and ports are answered from the address that was asked, of several',
  async () => {
    const { key, port } = await everywhere()
    const questions = {
      challenge: openMessage(key),
      'ports-answer': message(key, 'ports-question', portsQuestionBody, HELLO, PORTS_BYTES),
    }
    const caller = createSocket('udp4')
    onTestFinished(() => void caller.close())
    caller.bind(0, '127.0.0.1')
    for (const address of ['127.0.0.2', '127.0.0.3']) {
      for (const [type, question] of Object.entries(questions)) {
        caller.send(question, port, address)
        const [answer, from] = await once(caller, 'message')
        expect([typeOf(answer), from.address]).toEqual([type, address])
      }
    }
  },
)
