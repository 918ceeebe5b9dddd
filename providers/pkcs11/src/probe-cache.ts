import { randomBytes } from 'node:crypto';
import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { probes, probeToken } from './probe-token.ts';
import type { JobCall, Token, TokenFacts } from './token/token.ts';
import type { Finding, TokenFeatures } from './token-features.ts';

/** Raised when a probe is added or asks for more: what was found before is then found anew. */
const probesVersion = 1;

/** What makes a token another one, as far as its abilities go. */
function tokenKey({ manufacturer, model, serial, firmware, mechanisms, module }: TokenFacts): string {
  const numbers = [...mechanisms.keys()].toSorted((one, other) => one - other);
  return JSON.stringify([
    probesVersion,
    manufacturer,
    model,
    serial,
    firmware,
    module.description,
    module.version,
    numbers.map((number) => number.toString(16)).join(' '),
  ]);
}

function isFinding(value: unknown): value is Finding {
  if (typeof value !== 'object' || value === null) return false;
  const { works, form, reason } = value as Readonly<Record<string, unknown>>;
  if (works === true) return form === undefined || typeof form === 'string';
  return works === false && typeof reason === 'string';
}

/** The findings in a file, where they are whole and about this very token; whatever else is there is as if it were not. */
function parseCache(text: string, key: string): TokenFeatures | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { token, features } = parsed as Readonly<Record<string, unknown>>;
  if (token !== key || typeof features !== 'object' || features === null) return undefined;
  const findings = features as Readonly<Record<string, unknown>>;
  if (!probes.every(({ name }) => isFinding(findings[name]))) return undefined;
  return Object.values(findings).every(isFinding) ? Object.freeze(findings as TokenFeatures) : undefined;
}

async function readCache(file: string, key: string): Promise<TokenFeatures | undefined> {
  try {
    return parseCache(await readFile(file, 'utf8'), key);
  } catch {
    return undefined;
  }
}

/** Written whole or not at all. A cache that cannot be written costs time, and nothing else. */
async function writeCache(file: string, key: string, features: TokenFeatures): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(fresh, `${JSON.stringify({ token: key, features }, undefined, 2)}\n`, { mode: 0o600 });
    await rename(fresh, file);
  } catch {
    await unlink(fresh).catch(() => {});
  }
}

/**
 * What a token can do: from the cache file, where it was found out before for the same manufacturer, model, serial, firmware,
 * library and mechanism list, else by probing. The file holds no secret, but whoever may write to it decides which mechanisms
 * are used: it must belong to the process's own user.
 */
export async function tokenFeatures(
  token: Token,
  file: string | undefined,
  call: JobCall,
): Promise<{ readonly features: TokenFeatures; readonly cached: boolean }> {
  const key = tokenKey(token.facts);
  const known = file === undefined ? undefined : await readCache(file, key);
  if (known !== undefined) return { features: known, cached: true };
  const features = await probeToken(token, call);
  if (file !== undefined) await writeCache(file, key, features);
  return { features, cached: false };
}
