/**
 * Where the program of a thread is. Node 20 cannot load TypeScript: when the caller runs from source,
 * the built twin is started.
 *
 * @param caller `import.meta.url` of a file of the same folder
 * @param folder that folder, seen from the root of the repository, e.g. `server/intake`
 */
export function workerFile(caller: string, folder: string): URL {
  if (caller.endsWith('.js')) return new URL('./worker.js', caller)
  const up = '../'.repeat(folder.split('/').length)
  return new URL(`./${up}dist/${folder}/worker.js`, caller)
}
