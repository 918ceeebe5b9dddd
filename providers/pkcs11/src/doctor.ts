import { isKeyManagerError } from '@keyway/core/driver';
import type { Call } from '@keyway/core/driver';
import { classify } from './classify.ts';
import { findInExternalKeys } from './doctor-external.ts';
import { findInFeatures, findInMechanisms } from './doctor-features.ts';
import { takeInventory } from './doctor-inventory.ts';
import { findInKeys } from './doctor-keys.ts';
import { findInObjects } from './doctor-objects.ts';
import { findInRecords } from './doctor-records.ts';
import { findInToken } from './doctor-token.ts';
import type { Finding } from './finding.ts';
import type { TokenStanding } from './token/token-standing.ts';
import { translateError } from './translate-error.ts';
import type { Pkcs11Vault } from './vault.ts';

/** Advice by the code of an error that ends a diagnosis, or a part of it. */
const advices: Readonly<Partial<Record<string, string>>> = {
  ERR_UNAUTHENTICATED:
    'Look at the PIN: it was changed, locked or cannot be read. Do not try it often: tokens lock it',
  ERR_UNAVAILABLE:
    'Look at the token: whether it is there, whether its service runs, whether its library reaches it',
  ERR_CLOSED: 'Open the vault anew: it is closed, or its token is another one now',
};

const adviceFor = (error: unknown, otherwise: string): string =>
  advices[isKeyManagerError(error) ? error.code : classify(error).code] ?? otherwise;

const noAccess = (error: unknown): Finding => ({
  severity: 'error',
  what: 'no-access',
  message: translateError(error, 'doctor').message,
  advice: adviceFor(error, 'See what the token said in the documentation of its vendor'),
});

/** A part of the diagnosis that came to nothing. */
const notExamined = (what: string, error: unknown): Finding => ({
  severity: 'warning',
  what: 'not-examined',
  message: `Not looked at: ${what}. ${translateError(error, 'doctor').message}`,
  advice: adviceFor(error, 'Call the doctor again; if it stays, see what the token said'),
});

const keyOf = ({ what, name, version, objectId, label, message }: Finding): string =>
  JSON.stringify([what, name, version, objectId, label, message]);

async function findOnce(vault: Pkcs11Vault, call: Call): Promise<readonly Finding[]> {
  const inventory = await takeInventory(vault, call);
  return [
    ...findInRecords(inventory, vault, call.now),
    ...findInObjects(inventory, vault.namespace),
    ...findInKeys(inventory, vault.namespace, vault.features),
    ...findInExternalKeys(inventory),
  ];
}

/** What is found in records and objects, and found again: what others are just changing is not what it was. */
async function findInVault(vault: Pkcs11Vault, call: Call): Promise<readonly Finding[]> {
  const first = await findOnce(vault, call);
  if (first.length === 0) return [];
  const again = new Set((await findOnce(vault, call)).map(keyOf));
  return first.filter((finding) => again.has(keyOf(finding)));
}

/** Options of {@link Diagnose}. */
export interface DiagnoseOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether to try anew what the token can do. It takes as long as an opening without a probe cache, and uses session
   * objects. Default true.
   */
  readonly probes?: boolean | undefined;
}

/**
 * Looks through a vault and its token for what does not work, is half done, left over or kept too weakly, and says what to do
 * about it. It changes nothing: it makes and uses session objects alone. It reads every object of the token, so it takes long
 * where there are many.
 *
 * @throws Nothing but the abort of the call: what else goes wrong is a finding.
 */
export async function diagnose(
  vault: Pkcs11Vault,
  { probes = true }: Pick<DiagnoseOptions, 'probes'>,
  call: Call,
): Promise<readonly Finding[]> {
  let standing: TokenStanding;
  try {
    // First of all, since everything else logs in again where somebody has logged out.
    standing = await vault.token.run('standing', {}, call);
  } catch (error) {
    call.signal.throwIfAborted();
    return [noAccess(error)];
  }
  const findings = [
    ...findInToken(standing, vault.token.facts, call.now),
    ...findInMechanisms(vault, standing),
  ];
  const rest = [
    ['records and objects', () => findInVault(vault, call)],
    ['what the token can do', () => (probes ? findInFeatures(vault, call) : Promise.resolve([]))],
  ] as const;
  for (const [what, look] of rest) {
    try {
      findings.push(...(await look()));
    } catch (error) {
      call.signal.throwIfAborted();
      findings.push(notExamined(what, error));
    }
    call.signal.throwIfAborted();
  }
  return findings;
}

/** Looks through the vault; see {@link diagnose}. */
export type Diagnose = (options?: DiagnoseOptions) => Promise<readonly Finding[]>;

/** Milliseconds that one request to the token may take: all together may take long, where there are many objects. */
const patience = 60_000;

/** The limits of work of many requests, which only its signal ends. */
export function patientCall(signal: AbortSignal = new AbortController().signal): Call {
  return {
    signal,
    get deadline() {
      return Date.now() + patience;
    },
    requestId: undefined,
    now: Math.floor(Date.now() / 1000),
  };
}

/** Makes {@link Diagnose} for an open vault. */
export function createDiagnose(vault: Pkcs11Vault): Diagnose {
  return ({ signal, ...options } = {}) => diagnose(vault, options, patientCall(signal));
}
