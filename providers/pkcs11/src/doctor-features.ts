import type { Call } from '@keyway/core/driver';
import type { Finding } from './finding.ts';
import { ckm, mechanismName } from './mechanisms.ts';
import { probes, probeToken } from './probe-token.ts';
import type { FeatureName, TokenFeatures } from './token-features.ts';
import type { TokenStanding } from './token/token-standing.ts';
import type { Pkcs11Vault } from './vault.ts';

const openAnew =
  'Open the vault anew, without its probe cache file if there is one; if it stays, ask who changed the firmware or the settings of the token';

/** The features for which a mechanism is needed. */
export function featuresBy(mechanism: number): readonly FeatureName[] {
  return probes
    .filter(({ mechanisms, anyOf = [] }) => mechanisms.includes(mechanism) || anyOf.includes(mechanism))
    .map(({ name }) => name);
}

/** Mechanisms that this library uses, and that the token lists now and did not, or the other way round. */
export function findInMechanisms(
  { features, token }: Pick<Pkcs11Vault, 'features' | 'token'>,
  standing: Pick<TokenStanding, 'mechanisms'>,
): readonly Finding[] {
  const listed = new Set(standing.mechanisms);
  const before = token.facts.mechanisms;
  return Object.values(ckm).flatMap((mechanism): readonly Finding[] => {
    if (before.has(mechanism) === listed.has(mechanism)) return [];
    if (listed.has(mechanism)) {
      return [
        {
          severity: 'note',
          what: 'mechanism-new',
          message: `The token lists ${mechanismName(mechanism)}, which it did not when the vault was opened`,
          advice: 'Open the vault anew to have it tried and used',
        },
      ];
    }
    const lost = featuresBy(mechanism).filter((name) => features[name].works);
    if (lost.length === 0) return [];
    return [
      {
        severity: 'error',
        what: 'mechanism-lost',
        message: `The token does not list ${mechanismName(mechanism)} any more, which ${lost.join(', ')} need`,
        advice: openAnew,
      },
    ];
  });
}

function compare(name: FeatureName, before: TokenFeatures, now: TokenFeatures): readonly Finding[] {
  const [was, is] = [before[name], now[name]];
  if (was.works && !is.works) {
    const message = `The vault relies on "${name}", and the token cannot do it: ${is.reason}`;
    return [{ severity: 'error', what: 'feature-lost', message, advice: openAnew }];
  }
  if (!was.works && is.works) {
    const message = `The token can do "${name}", and the vault was opened without it`;
    return [{ severity: 'note', what: 'feature-new', message, advice: openAnew }];
  }
  if (was.works && is.works && was.form !== is.form) {
    const message = `The token does "${name}" in another way than the vault was opened with: ${is.form}, not ${was.form}`;
    return [{ severity: 'error', what: 'feature-changed', message, advice: openAnew }];
  }
  return [];
}

/** Tries anew what the token can do, with session objects, and compares it with what the vault relies on. */
export async function findInFeatures(vault: Pkcs11Vault, call: Call): Promise<readonly Finding[]> {
  const now = await probeToken(vault.token, call);
  return (Object.keys(now) as FeatureName[]).flatMap((name) => compare(name, vault.features, now));
}
