/**
 * Where a worker's compiled file is. Node 20 cannot load TypeScript in a worker, so from a .ts module
 * (tests) it is the twin in dist/; from a compiled one it is the neighbour.
 *
 * @param moduleUrl import.meta.url of the module that starts the worker
 * @param name file name of the worker without extension, in the same folder
 */
export function workerFile(moduleUrl: string, name: string): URL {
  if (!moduleUrl.endsWith('.ts')) return new URL(`./${name}.js`, moduleUrl)
  const source = new URL(`./${name}.js`, moduleUrl)
  const at = source.href.lastIndexOf('/agent/')
  return new URL(`${source.href.slice(0, at)}/dist${source.href.slice(at)}`)
}
