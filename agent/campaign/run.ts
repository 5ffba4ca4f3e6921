import { sha256hex } from '../../config/load.ts'
import { ConfigFault, readSource } from '../../config/source.ts'
import { type Certificate, certify } from '../../shared/campaign/certify.ts'
import { type Protocol, parseProtocol, protocolIdentity } from '../../shared/campaign/protocol.ts'
import { slotsOf } from '../../shared/campaign/slots.ts'
import { commandOf } from '../../shared/eligibility/chain.ts'
import { type Evidence, evidenceOf } from '../../shared/eligibility/evidence.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import { type VerifyOptions, verifyFile } from '../verify/run.ts'
import { renderCertificate, renderProtocol } from './render.ts'

type Write = (text: string) => void

/**
 * `voip-ready campaign check`: reads a protocol, and prints what both parties would agree to.
 * @throws Fault CONFIG_* with every problem, line by line
 */
export async function runProtocolCheck(
  file: string,
  json: boolean | undefined,
  write: Write,
  nowMs: number,
): Promise<number> {
  const { protocol, sha256 } = await loadProtocol(file)
  const { slots } = slotsOf(protocol)
  const answer = { file, sha256, protocol, slots }
  write(json === true ? `${JSON.stringify(answer)}\n` : renderProtocol({ ...answer, nowMs }))
  return EXIT.pass
}

interface LoadedProtocol {
  readonly protocol: Protocol
  readonly sha256: string
}

export interface CertifyOptions extends VerifyOptions {
  readonly bundle: string
}

/**
 * `voip-ready campaign certify`: holds a protocol against a bundle. The exit code: 0 followed and every
 * required line MET, 1 not followed or a line NOT MET, 2 cannot be shown, 5 evidence invalid.
 */
export async function runCertify(
  file: string,
  options: CertifyOptions,
  write: Write,
): Promise<number> {
  const { protocol, sha256 } = await loadProtocol(file)
  const { bundle } = options
  const read = await verifyFile(bundle, options)
  const evidence = read.ok ? evidenceOf(read.value, read.value.keys) : null
  if (!read.ok || evidence === null) {
    const why = read.ok ? 'a file without its manifest' : read.error
    write(
      options.json === true
        ? `${JSON.stringify({ bundle, valid: false, why })}\n`
        : `${bundle}\nINVALID: ${why}\n`,
    )
    return EXIT.evidence
  }
  const found = certifyFile(bundle, evidence, { protocol, sha256 })
  write(
    options.json === true
      ? `${JSON.stringify({ bundle: { file: bundle, sha256: read.value.sha256 }, ...found })}\n`
      : renderCertificate(found, protocol, {
          ...{ file: bundle, sha256: read.value.sha256 },
          verify: commandOf(evidence, { bundle, policy: options.policy ?? null }),
        }),
  )
  return evidence.valid ? exitOf(found) : EXIT.evidence
}

/** What the evidence of a file says of a protocol. @throws Fault USAGE where it is of another site */
export function certifyFile(
  file: string,
  evidence: Evidence,
  { protocol, sha256 }: LoadedProtocol,
): Certificate {
  const { site } = evidence.manifest
  if (site === protocol.site) return certify(evidence, protocol, sha256)
  throw new Fault('USAGE', file, `a bundle of ${protocol.site}`, `one of ${site}`)
}

function exitOf({ followed, required }: Certificate): number {
  if (followed === 'NOT FOLLOWED' || required === 'NOT MET') return EXIT.fail
  return followed === 'FOLLOWED' && required === 'MET' ? EXIT.pass : EXIT.inconclusive
}

/**
 * Reads a protocol and its identity.
 * @throws Fault CONFIG_* with every problem, line by line
 */
export async function loadProtocol(file: string): Promise<LoadedProtocol> {
  const source = await readSource(file)
  const parsed = parseProtocol(source.value)
  if (!parsed.ok) {
    throw new ConfigFault(parsed.error, source.value, (path) => ({ source, path }))
  }
  return { protocol: parsed.value, sha256: protocolIdentity(parsed.value, sha256hex) }
}
