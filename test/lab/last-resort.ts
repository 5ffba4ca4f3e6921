/** What must be undone when this process ends without having been tidy. */
interface Undoable {
  destroyNow(): void
}

const open = new Set<Undoable>()
let listening = false

/** `lab.destroyNow` runs at the end of the process, also after an exception or a signal. */
export function cleanUpAtExit(lab: Undoable): void {
  open.add(lab)
  if (listening) return
  listening = true
  process.on('exit', undoAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      undoAll()
      process.kill(process.pid, signal)
    })
  }
}

export function forgetAtExit(lab: Undoable): void {
  open.delete(lab)
}

function undoAll(): void {
  for (const lab of open) lab.destroyNow()
  open.clear()
}
