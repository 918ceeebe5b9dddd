import { signatureRows } from './algorithms.ts';
import { mechanismName } from './mechanisms.ts';
import { objectProbes } from './probes/objects.ts';
import { createProbeKeys } from './probes/probe-keys.ts';
import type { ProbeKeys } from './probes/probe-keys.ts';
import { isTrouble, reasonOf } from './probes/probe.ts';
import type { Found, Probe } from './probes/probe.ts';
import { rsaDecryptionProbes, rsaProbes } from './probes/rsa.ts';
import { curveProbes, signingProbes } from './probes/signing.ts';
import { aesProbes, macProbes, symmetricProbes } from './probes/symmetric.ts';
import { secretImportProbes, wrappingProbes } from './probes/wrapping.ts';
import type { JobCall, Token } from './token/token.ts';
import type { Finding, TokenFeatures } from './token-features.ts';

/** All probes, in an order in which each finds what it needs found. */
export const probes: readonly Probe[] = [
  ...rsaProbes,
  ...rsaDecryptionProbes,
  ...curveProbes,
  ...signingProbes,
  ...symmetricProbes,
  ...secretImportProbes,
  ...macProbes,
  ...aesProbes,
  ...wrappingProbes,
  ...objectProbes,
];

/** Why a probe need not be run. */
function refusedBefore(probe: Probe, token: Token, found: Found): string | undefined {
  const listed = token.facts.mechanisms;
  const missing = probe.mechanisms.find((mechanism) => !listed.has(mechanism));
  if (missing !== undefined) return `does not list ${mechanismName(missing)}`;
  const { anyOf = [], needs = [] } = probe;
  if (anyOf.length > 0 && !anyOf.some((mechanism) => listed.has(mechanism))) {
    return `does not list ${anyOf.map(mechanismName).join(' or ')}`;
  }
  const lacking = needs.find((name) => found[name]?.works !== true);
  return lacking === undefined ? undefined : `cannot ${lacking}, which this needs`;
}

async function runProbe(probe: Probe, keys: ProbeKeys, found: Found): Promise<Finding> {
  const refused = refusedBefore(probe, keys.token, found);
  if (refused !== undefined) return { works: false, reason: `The token ${refused}` };
  for (let again = false; ; again = true) {
    try {
      const form = await probe.run(keys, found);
      return form === undefined ? { works: true } : { works: true, form };
    } catch (error) {
      // The session of a failed job is closed, and takes the keys with it that it made.
      keys.drop();
      if (isTrouble(error)) throw error;
      const reason = reasonOf(error);
      if (again || !isGoneKey(error)) return { works: false, reason: `The token ${reason ?? 'failed'}` };
    }
  }
}

/** KEY_, OBJECT_, UNWRAPPING_KEY_ and WRAPPING_KEY_HANDLE_INVALID. */
const goneKey: ReadonlySet<unknown> = new Set([0x060, 0x082, 0x0f0, 0x113]);

const isGoneKey = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'ckr' in error && goneKey.has(error.ckr);

/** Algorithms for which there is nothing to try. */
const unknown: Found = Object.fromEntries(
  signatureRows
    .filter(({ family }) => family === 'AKP')
    .map(({ name }): [string, Finding] => [
      `sign ${name}`,
      { works: false, reason: 'PKCS#11 has ML-DSA from version 3.2 on, which the binding does not reach' },
    ]),
);

/**
 * Finds out what a token can do by trying it, with session objects: its mechanism list says what is worth trying, node:crypto
 * says whether the answer is right.
 *
 * @throws Whatever shows that the token is in trouble: then nothing was found out.
 */
export async function probeToken(token: Token, call: JobCall): Promise<TokenFeatures> {
  const keys = createProbeKeys(token, call);
  const found: Found = { ...unknown };
  try {
    for (const probe of probes) found[probe.name] = await runProbe(probe, keys, found);
  } finally {
    await keys.clear();
  }
  return Object.freeze(found) as TokenFeatures;
}
