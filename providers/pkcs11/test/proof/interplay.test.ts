import { join } from 'node:path';
import process from 'node:process';
import { findInPath } from '@keyway/conformance/emulators';
import type { LibraryToken } from '@keyway/conformance/emulators';
import { algorithmRows } from '@keyway/core/driver';
import { openPkcs11 } from '@keyway/pkcs11';
import type { Pkcs11KeyManager } from '@keyway/pkcs11';
import { describe, expect, it } from 'vitest';
import { hasEngine } from '../../proof/interplay/has-engine.ts';
import { interplayCheck } from '../../proof/interplay/interplay-check.ts';
import type { InterplayOptions, InterplayResult } from '../../proof/interplay/interplay-check.ts';
import { interplayMethods } from '../../proof/interplay/interplay-methods.ts';
import { describePair, interplayPairs, shortPairs } from '../../proof/interplay/interplay-pairs.ts';
import { nssToken, softHsmToken } from '../fixtures/soft-tokens.ts';

const inCi = !['', '0', 'false'].includes(process.env['CI'] ?? '');
const full = process.env['KEYWAY_FULL'] !== undefined;
const reason =
  findInPath('pkcs11-tool') === undefined
    ? 'there is no pkcs11-tool here'
    : (await hasEngine())
      ? undefined
      : 'openssl has no engine for PKCS #11 here';
const missing = inCi ? undefined : reason;

/** What comes of the pairs with the versions that Debian 12 has. */
const expected = {
  softhsm2: full ? { passed: 379, known: 44, notRun: 273 } : { passed: 73, known: 8, notRun: 32 },
  nss: full ? { passed: 340, known: 62, notRun: 294 } : { passed: 63, known: 11, notRun: 39 },
} as const;

async function withVault<Result>(
  library: LibraryToken,
  run: (options: InterplayOptions) => Promise<Result>,
): Promise<Result> {
  const token = await (library === 'nss' ? nssToken() : softHsmToken());
  const records = library === 'nss' ? { file: join(token.folder, `interplay-${Date.now()}.db`) } : 'token';
  const manager: Pkcs11KeyManager = await openPkcs11(token.uri, { namespace: `i${Date.now()}`, records });
  try {
    return await run({ manager, token, library });
  } finally {
    await manager.close();
  }
}

const counts = ({ passed, known, failed, notRun }: InterplayResult): Readonly<Record<string, number>> => ({
  passed: passed.length,
  known: known.length,
  failed: failed.length,
  notRun: notRun.length,
});

/** How often each reason is given. */
function reasons({ known, notRun }: InterplayResult): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { reason: why } of [...known, ...notRun]) found.set(why, (found.get(why) ?? 0) + 1);
  return found;
}

describe.skipIf(missing !== undefined)(
  `Keyway, pkcs11-tool and openssl${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    it.concurrent.each(['softhsm2', 'nss'] as const)(
      'use the same keys on %s, and open what the other one made',
      { timeout: 600_000 },
      async (library) => {
        const pairs = full ? interplayPairs : shortPairs;
        const result = await withVault(library, (options) => interplayCheck({ ...options, pairs }));
        const lines = [...reasons(result)].map(([why, count]) => `  ${count} × ${why}`);
        process.stdout.write(`${library}: ${JSON.stringify(counts(result))}\n${lines.join('\n')}\n`);
        expect(result.failed).toEqual([]);
        expect(counts(result)).toEqual({ ...expected[library], failed: 0 });
      },
    );

    it('fail a pair that passes although it cannot, and one that fails otherwise', async () => {
      const names = [
        'ES256, pkcs11-tool, Keyway makes, own key',
        'A256GCM, pkcs11-tool, Keyway makes, own key',
      ];
      const result = await withVault('softhsm2', (options) =>
        interplayCheck({
          ...options,
          pairs: interplayPairs.filter((pair) => names.includes(describePair(pair))),
          known: [{ reason: 'it is broken', matches: () => true, expected: /never said/ }],
        }),
      );
      expect(result.passed).toEqual([]);
      expect(result.failed.map(({ reason: why }) => why)).toEqual([
        'passes, although it is broken',
        expect.stringMatching(/AES-GCM illegal.*but expected was/),
      ]);
    });
  },
);

describe('the pairs', () => {
  it('are every algorithm with each partner, in both directions, with each kind of ownership', () => {
    const shared = algorithmRows.filter(({ name, family }) => name !== 'provider' && family !== 'AKP');
    expect(interplayMethods.map(({ row }) => row.name).toSorted()).toEqual(
      shared.map(({ name }) => name).toSorted(),
    );
    expect(interplayPairs.length).toBe(shared.length * 3 * 2 * 4);
    expect(new Set(interplayPairs.map(describePair)).size).toBe(interplayPairs.length);
  });

  it('have in their short form every method of one size, each partner, direction and owner', () => {
    expect(new Set(shortPairs.map(({ row }) => row.name)).size).toBe(15);
    for (const member of ['partner', 'direction', 'owner'] as const) {
      const all = new Set(interplayPairs.map((pair) => pair[member]));
      expect(new Set(shortPairs.map((pair) => pair[member]))).toEqual(all);
    }
  });
});
