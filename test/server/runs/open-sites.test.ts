import { describe, expect, it } from 'vitest'
import { OpenSites } from '../../../server/runs/open-sites.ts'

const at = (...sites: readonly string[]) => ({ runs: sites.map((site) => ({ site })), all: true })

describe('sites that may have runs', () => {
  it('may be any site before the first look, and those that were seen after it', async () => {
    const open = new OpenSites()
    expect(open.may('leeds')).toBe(true)
    const seen = await open.look(async () => at('york'))
    expect(seen).toEqual([{ site: 'york' }])
    expect([open.may('leeds'), open.may('york')]).toEqual([false, true])
    await open.look(async () => at())
    expect(open.may('york')).toBe(false)
  })

  it('knows at once what was asked for here, also while a look is under way', async () => {
    const open = new OpenSites()
    await open.look(async () => at())
    open.add('leeds')
    expect(open.may('leeds')).toBe(true)
    let answer = (_: ReturnType<typeof at>) => {}
    const read = () =>
      new Promise<ReturnType<typeof at>>((resolve) => {
        answer = resolve
      })
    const looking = open.look(read)
    // It is in the store, but this look may have read that before.
    open.add('york')
    answer(at('leeds'))
    await looking
    expect([open.may('leeds'), open.may('york')]).toEqual([true, true])
    await open.look(async () => at('york'))
    expect([open.may('leeds'), open.may('york')]).toEqual([false, true])
  })

  it('knows what was asked for again while a look is under way that saw the first one ended', async () => {
    const open = new OpenSites()
    await open.look(async () => at())
    open.add('leeds')
    const looking = open.look(async () => {
      // Read before the second one was put into the store.
      open.add('leeds')
      return at()
    })
    await looking
    expect(open.may('leeds')).toBe(true)
    await open.look(async () => at())
    expect(open.may('leeds')).toBe(false)
  })

  it('may be any site where there are more runs than a look takes in, and as before where it fails', async () => {
    const open = new OpenSites()
    await open.look(async () => at())
    const failed = open.look(() => Promise.reject(new Error('no database')))
    await expect(failed).rejects.toThrow('no database')
    expect(open.may('leeds')).toBe(false)
    await open.look(async () => ({ ...at('york'), all: false }))
    expect(open.may('leeds')).toBe(true)
  })
})
