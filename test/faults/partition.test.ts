import { writeFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { eventually } from '../lab/command.ts'
import { scenario } from '../lab/scenario.ts'
import { root } from '../support/sources.ts'
import { contradictions, readStored } from './evidence.ts'
import { partition } from './partition.ts'
import { parseSaid, RECORDER } from './recorder-process.ts'

const PROGRAM = `${root}dist/agent/main.js`

describe('a partition between agent and collector', () => {
  scenario(
    'loses no record and stores none twice, whether packets vanish or the link goes down',
    { impaired: [], timeoutMs: 240_000 },
    async (lab) => {
      const tokens = lab.file('tokens.json')
      const who = ['--agent', 'faulty', '--site', 'faulty', '--tokens', tokens]
      const add = [process.execPath, PROGRAM, '--json', 'collector', 'tokens', 'add', ...who]
      const tokenFile = lab.file('token')
      writeFileSync(tokenFile, JSON.parse((await lab.run('dc1', add)).stdout).token)
      const [data, where] = [lab.file('data'), `${lab.address('dc1').ipv4}:8460`]
      const listen = ['--listen', where, '--insecure-http', '--data', data, '--tokens', tokens]
      const node = [process.execPath, PROGRAM, '--json', 'collector', ...listen]
      const collector = lab.spawn('dc1', node)
      await collector.until(/"msg":"listening"/)
      const plan = {
        spool: lab.file('spool'),
        collector: `http://${where}`,
        tokenFile,
        everyMs: 15,
      }
      const agent = lab.spawn('site', [process.execPath, RECORDER, JSON.stringify(plan)])
      await agent.until(/"kept"/)

      const keptNow = () => parseSaid(agent.output()).filter(({ kept }) => kept).length
      const keeps = async (more: number) => {
        const before = keptNow()
        await eventually(
          `${more} records more`,
          () => keptNow() >= before + more || undefined,
          60_000,
        )
      }
      for (const how of ['drop', 'down', 'drop'] as const) {
        const heal = await partition(lab, 'r2', how)
        await Promise.all([keeps(60), new Promise((resolve) => setTimeout(resolve, 2000))])
        await heal()
        await keeps(40)
      }
      process.kill(agent.pid, 'SIGTERM')
      await eventually('the agent delivers everything', () => !agent.running, 120_000)
      expect(await agent.ended, agent.output().slice(-1000)).toBe(0)
      await collector.stop('SIGKILL')

      const said = parseSaid(agent.output())
      const kept = said.flatMap(({ kept: one }) => one ?? [])
      const stored = await readStored(data)
      expect(contradictions(kept, stored)).toEqual([])
      expect(stored.length).toBe(said.find(({ made }) => made !== undefined)?.made)
      expect(stored.length).toBeGreaterThanOrEqual(300)
    },
  )
})
