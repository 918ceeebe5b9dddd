import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What the baseline uses of @noble/curves. */
export interface NobleCurve {
  sign(
    digest: Uint8Array,
    secretKey: Uint8Array,
    options: { readonly prehash: boolean; readonly lowS: boolean },
  ): Uint8Array;
}

/** Loads P-256 of the very @noble/curves that core depends on. */
export async function loadNobleP256(): Promise<NobleCurve> {
  const fromCore = createRequire(import.meta.resolve('@keyway/core/package.json'));
  const loaded = (await import(pathToFileURL(fromCore.resolve('@noble/curves/nist.js')).href)) as {
    readonly p256: NobleCurve;
  };
  return loaded.p256;
}
