import { afterAll, beforeAll } from 'vitest'
import { labObstacle, labTest } from '../lab/scenario.ts'
import { createLab, type Lab, type LabOptions } from '../lab/topology.ts'
import {
  LINK,
  type Reflectors,
  type Story,
  type StoryOptions,
  startReflectors,
  tell,
} from './story.ts'

/** What one story of a shared lab is given. */
export interface Told {
  readonly lab: Lab
  readonly reflectors: Reflectors
  /** One run of check, against the reflectors of this lab. */
  readonly tell: (options: Omit<StoryOptions, 'reflectors'>) => Promise<Story>
}

/**
 * Several stories, one after the other, in one lab with its reflectors: call it in a `describe`, then
 * the function it returns once per story. A story that fails leaves logs, captures and truth behind,
 * and its error says where.
 */
export function sharedLab(
  options: LabOptions = {},
): (name: string, body: (told: Told) => Promise<void>) => void {
  let lab: Lab | undefined
  let reflectors: Reflectors | undefined
  beforeAll(async () => {
    if (labObstacle() !== undefined) return
    lab = await createLab({ impaired: [LINK], ...options })
    reflectors = await startReflectors(lab)
  })
  afterAll(async () => await lab?.destroy())
  return (name, body) =>
    labTest(name, async () => {
      if (lab === undefined || reflectors === undefined) throw new Error('the lab did not start')
      const told: Told = {
        ...{ lab, reflectors },
        tell: (of) => tell(lab!, { ...of, reflectors: reflectors! }),
      }
      try {
        await body(told)
      } catch (error) {
        lab.keep()
        if (error instanceof Error) error.message += `\nlogs and captures: ${lab.folder}`
        throw error
      }
    })
}
