import type { CapabilityQuery } from '@keyway/core';
import { findAlgorithm } from '@keyway/core/driver';
import type { Case } from '../case.ts';
import type { CaseContext } from '../case-context.ts';
import { cbcJudge, gcmJudge, keyWrapJudge, paddedKeyWrapJudge, rsaDecryptJudge } from './judge-encryption.ts';
import { derJudge, mlDsaVerifyJudge, signatureRow, verifyJudge } from './judge-signatures.ts';
import { macJudge, mlDsaSignJudge, rsaSignJudge } from './judge-signing.ts';
import { checkReport, judgeVectors } from './judge-vectors.ts';
import type { GroupJudge } from './judge-vectors.ts';
import { readWycheproof } from './read-wycheproof.ts';
import { createVaultKeys } from './vault-keys.ts';
import { vectorTally } from './vector-tally.ts';
import type { VectorReport } from './vector-report.ts';
import { wycheproofFiles } from './wycheproof-files.ts';
import type { VectorFile, VectorKind } from './wycheproof-files.ts';

/** What a vault must be able to do for a kind of vectors; nothing where they are verified without one. */
const operationsOfKind: Readonly<Record<VectorKind, readonly CapabilityQuery['operation'][]>> = {
  'ecdsa-p1363': [],
  'ecdsa-der': [],
  verify: [],
  'ml-dsa-verify': [],
  'padded-key-wrap': [],
  'rsa-sign': ['importKey', 'signData'],
  'ml-dsa-sign': ['importKey', 'signData', 'verifyData'],
  'rsa-decrypt': ['importKey', 'decrypt'],
  gcm: ['importKey', 'decrypt'],
  cbc: ['importKey', 'encrypt', 'decrypt'],
  'key-wrap': ['importKey', 'wrapKey', 'unwrapKey'],
  mac: ['importKey', 'signData', 'verifyData'],
};

function judgeFor({ kind, algorithms }: VectorFile, context: CaseContext): GroupJudge {
  const [algorithm = 'RS256'] = algorithms;
  const keys = createVaultKeys(context.manager, () => context.newName());
  switch (kind) {
    case 'ecdsa-p1363':
    case 'verify':
      return verifyJudge(algorithm);
    case 'ecdsa-der':
      return derJudge(algorithm);
    case 'ml-dsa-verify':
      return mlDsaVerifyJudge(algorithm);
    case 'padded-key-wrap':
      return paddedKeyWrapJudge;
    case 'rsa-sign':
      return rsaSignJudge(keys);
    case 'ml-dsa-sign':
      return mlDsaSignJudge(algorithm, keys);
    case 'rsa-decrypt':
      return rsaDecryptJudge(algorithm, keys);
    case 'gcm':
      return gcmJudge(keys);
    case 'cbc':
      return cbcJudge(keys);
    case 'key-wrap':
      return keyWrapJudge(keys);
    case 'mac': {
      const row = signatureRow(algorithm);
      return macJudge(algorithm, Number(row.signatureLength) * 8, keys);
    }
  }
}

/** Reports of files that ask no vault: the same for every target, so judged once in a process. */
const withoutVault = new Map<string, Promise<VectorReport>>();

function wycheproofCase(file: VectorFile): Case {
  const id = `vectors/wycheproof/${file.file.replaceAll('_', '-')}`;
  const operations = operationsOfKind[file.kind];
  const judge = async (context: CaseContext): Promise<VectorReport> =>
    await judgeVectors(id, await readWycheproof(file.file), judgeFor(file, context));
  return {
    id,
    title: `every vector of Wycheproof's ${file.file} gets the published verdict`,
    requires: operations.flatMap((operation): readonly CapabilityQuery[] =>
      operation === 'importKey'
        ? file.algorithms
            .slice(0, 1)
            .map((algorithm) => ({ operation, keyType: findAlgorithm(algorithm)?.family }))
        : file.algorithms.map((algorithm) => ({ operation, algorithm })),
    ),
    async run(context) {
      const asksVault = operations.length > 0;
      const pending = withoutVault.get(id) ?? judge(context);
      if (!asksVault) withoutVault.set(id, pending);
      const report = await pending;
      vectorTally.add(report);
      checkReport(report);
    },
  };
}

/** A case for each file of Wycheproof. */
export const wycheproofCases: readonly Case[] = wycheproofFiles.map(wycheproofCase);
