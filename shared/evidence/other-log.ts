/** What `--log` of the commands that cut a bundle means. */
export const LOG_OPTION =
  'of the log of this origin (default: the newest with records of that time)'

/** What is said with a bundle of one log while records of its time stand in another. */
export function otherLogText(records: number, origin: string): string {
  const are = records === 1 ? 'record of this time is' : 'records of this time are'
  return (
    `NOT IN THIS BUNDLE: ${records} ${are} in another log, ${origin}: a log that is recovered is ` +
    `followed by a new one. Get them with --log ${origin} and another --out, and verify both files, ` +
    'each under the key of its own log.'
  )
}
