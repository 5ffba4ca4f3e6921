import { expect, test } from 'vitest'
import { DeskFull, JobDesk, JobTooMuch } from '../../../server/thread/job-desk.ts'
import { inThread } from '../../../server/thread/one-job.ts'

const staying = () => new AbortController().signal

/** A job of which the test says when it is done, and that tells when it was begun; it ends at its signal. */
function held() {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let give = (_made: string) => {}
  let signal: AbortSignal | null = null
  const job = (until: AbortSignal) => {
    signal = until
    begin()
    return new Promise<string>((resolve, reject) => {
      give = resolve
      until.addEventListener('abort', () => reject(until.reason))
    })
  }
  return { begun, give: (made: string) => give(made), job, ended: () => signal?.aborted === true }
}

test('one is done at a time, a few wait, and one more is turned away', async () => {
  const desk = new JobDesk()
  const all = [held(), held(), held(), held()]
  const asked = all.map(({ job }) => desk.do(job, staying()))
  await all[0]?.begun
  await expect(desk.do(held().job, staying())).rejects.toBeInstanceOf(DeskFull)
  for (const [at, one] of all.entries()) {
    await one.begun
    one.give(`made ${at}`)
    expect(await asked[at]).toBe(`made ${at}`)
  }
  // All places are free again.
  expect(await desk.do(async () => 'more', staying())).toBe('more')
})

test('who goes away ends his job, gives his place back, and holds up nobody', async () => {
  const desk = new JobDesk()
  const leaving = new AbortController()
  const [first, second] = [held(), held()]
  const made = expect(desk.do(first.job, leaving.signal)).rejects.toThrow()
  await first.begun
  const waited = expect(desk.do(second.job, leaving.signal)).rejects.toThrow()
  leaving.abort()
  await Promise.all([made, waited])
  expect(first.ended()).toBe(true)
  expect(await desk.do(async () => 'next', staying())).toBe('next')
})

test('what takes too long is ended; what fails holds up nobody; a closed desk does nothing', async () => {
  const slow = new JobDesk(1)
  const never = held()
  await expect(slow.do(never.job, staying())).rejects.toBeInstanceOf(JobTooMuch)
  expect(never.ended()).toBe(true)
  const desk = new JobDesk()
  const wrong = () => Promise.reject(new Error('wrong'))
  await expect(desk.do(wrong, staying())).rejects.toThrow('wrong')
  expect(await desk.do(async () => 'next', staying())).toBe('next')
  desk.close()
  await expect(desk.do(async () => 'late', staying())).rejects.toBeInstanceOf(JobTooMuch)
})

const program = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`)

test('a thread does one job and is no more, whatever it comes to', async () => {
  const says = program(`
    import { parentPort, workerData } from 'node:worker_threads'
    parentPort.postMessage(workerData.n + 1)`)
  expect(await inThread<number>(says, { n: 1 }, staying())).toBe(2)
  const fails = inThread(program('throw new Error("wrong")'), {}, staying())
  await expect(fails).rejects.toThrow('wrong')
  await expect(inThread(program('0'), {}, staying())).rejects.toThrow('ended with 0')
  const told = new Int32Array(new SharedArrayBuffer(4))
  const spins = program(`
    import { workerData } from 'node:worker_threads'
    for (;;) Atomics.add(workerData.told, 0, 1)`)
  const leaving = new AbortController()
  const spun = expect(inThread(spins, { told }, leaving.signal)).rejects.toThrow('gone')
  await expect.poll(() => Atomics.load(told, 0), { timeout: 20_000 }).not.toBe(0)
  leaving.abort(new Error('gone'))
  await spun
  const at = Atomics.load(told, 0)
  expect(Atomics.load(told, 0)).toBe(at)
})
