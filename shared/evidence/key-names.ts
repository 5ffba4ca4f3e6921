/**
 * Names of keys, as they stand in signed notes and verifier keys (C2SP signed-note: no space, no
 * plus). Who holds a key is told by its name; that it is his is for the parties to compare.
 */
export const agentKeyName = (site: string, agent: string): string =>
  `voip-ready-agent/${site}/${agent}`
export const reflectorKeyName = (name: string): string => `voip-ready-reflector/${name}`
/** Also the origin of the log's checkpoints. */
export const logKeyName = (collector: string, log: number): string =>
  `voip-ready-log/${collector}/${log}`
