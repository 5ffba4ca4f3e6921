import { useState } from 'preact/hooks'

/** How the first site comes here, with commands to copy. */
export function NoSite() {
  return (
    <div class="start">
      <h2>No site is here yet</h2>
      <p class="quiet">
        None is enrolled, or none that you may see. A site comes here by its agent, once for each
        (here called my-site):
      </p>
      <ol>
        <Step command="voip-ready collector enrol create --site my-site">
          Where this collector runs (with the --data or --database that it has): make a line that
          lets one agent in, once, within 24 hours.
        </Step>
        <Step
          command={`voip-ready agent enrol '${location.origin}#ID.SECRET' --state my-site-agent`}
        >
          At the site: enrol the agent with that line: the whole of it goes between the quotes.
        </Step>
        <Step command="voip-ready agent --site my-site.yaml --state my-site-agent --spool my-site-agent/spool">
          At the site: let it measure by the site file, which names both data centres
          (config/examples/site.yaml explains each line).
        </Step>
      </ol>
      <p class="quiet">
        The site stands here when it is enrolled, and its first record a minute after the agent has
        begun. This page looks by itself.
      </p>
    </div>
  )
}

function Step({ command, children }: { readonly command: string; readonly children: string }) {
  const [told, tell] = useState('Copy')
  const copy = () =>
    navigator.clipboard.writeText(command).then(
      () => tell('Copied'),
      () => tell('Select and copy it'),
    )
  return (
    <li>
      <p>{children}</p>
      <div class="command">
        <pre>
          <code>{command}</code>
        </pre>
        {/* Browsers copy for pages over HTTPS or of this host alone; the text can always be selected. */}
        {'clipboard' in navigator && (
          <button type="button" onClick={copy}>
            {told}
          </button>
        )}
      </div>
    </li>
  )
}
