import { familyOf } from '@keyway/core/driver';
import type { KeyFamily, KeyRecord } from '@keyway/core/driver';
import { flipped, methodLie } from './lie.ts';
import type { Lie } from './lie.ts';

const isOf = (keyType: Parameters<typeof familyOf>[0], ...families: readonly KeyFamily[]): boolean =>
  families.includes(familyOf(keyType));

/** Signing and verifying wrongly. */
export const signatureLies: readonly Lie[] = [
  methodLie('signs-with-the-current-version', () => {
    const current = new Map<string, KeyRecord>();
    return {
      keys: {
        create: (honest) => async (request, call) =>
          remember(await honest(request, call), (key) => current.set(key.name, key)),
        import: (honest) => async (request, call) =>
          remember(await honest(request, call), (key) => current.set(key.name, key)),
      },
      cryptography: {
        sign: (honest) => async (request, call) => {
          const key = current.get(request.name) ?? request.key;
          const { signature } = await honest({ ...request, version: key.version, key }, call);
          return { signature, version: request.version };
        },
      },
    };
  }),
  methodLie('swaps-r-and-s', {
    cryptography: {
      sign: (honest) => async (request, call) => {
        const answer = await honest(request, call);
        if (!isOf(request.key.keyType, 'EC') || !['P-256', 'P-256K'].includes(request.key.curve ?? ''))
          return answer;
        const half = answer.signature.length / 2;
        return {
          ...answer,
          signature: Buffer.concat([answer.signature.subarray(half), answer.signature.subarray(0, half)]),
        };
      },
    },
  }),
  methodLie('changes-a-bit-of-rsa-signatures', {
    cryptography: {
      sign: (honest) => async (request, call) => {
        const answer = await honest(request, call);
        return isOf(request.key.keyType, 'RSA')
          ? { ...answer, signature: flipped(answer.signature) }
          : answer;
      },
    },
  }),
  methodLie('signs-other-data-with-okp-and-akp', {
    cryptography: {
      sign: (honest) => (request, call) =>
        isOf(request.key.keyType, 'OKP', 'AKP') && request.input === 'data'
          ? honest({ ...request, data: Buffer.concat([request.data, Buffer.from('!')]) }, call)
          : honest(request, call),
    },
  }),
  methodLie('macs-other-data', {
    cryptography: {
      sign: (honest) => (request, call) =>
        isOf(request.key.keyType, 'oct') && request.input === 'data'
          ? honest({ ...request, data: Buffer.concat([Buffer.from('!'), request.data]) }, call)
          : honest(request, call),
    },
  }),
  methodLie('verifies-everything-with-rsa-and-hmac', {
    cryptography: {
      verify: (honest) => async (request, call) =>
        isOf(request.key.keyType, 'RSA', 'oct') ? { valid: true } : await honest(request, call),
    },
  }),
  methodLie('verifies-everything-with-curves', {
    cryptography: {
      verify: (honest) => async (request, call) =>
        isOf(request.key.keyType, 'EC', 'OKP', 'AKP') ? { valid: true } : await honest(request, call),
    },
  }),
  methodLie('throws-at-malformed-signatures', {
    cryptography: {
      verify: (honest) => (request, call) => {
        if (request.signature.every((octet) => octet === 0)) throw new RangeError('r is out of range');
        return honest(request, call);
      },
    },
  }),
  methodLie('gives-another-rsa-public-key-on-reading', {
    keys: {
      read: (honest) => async (request, call) => {
        const record = await honest(request, call);
        const { publicKey } = record;
        if (publicKey?.n === undefined) return record;
        return { ...record, publicKey: { ...publicKey, n: flipSixthOctet(publicKey.n) } };
      },
    },
  }),
];

function remember<Value>(value: Value, keep: (value: Value) => unknown): Value {
  keep(value);
  return value;
}

function flipSixthOctet(text: string): string {
  const octets = Buffer.from(text, 'base64url');
  octets[5] = (octets[5] ?? 0) ^ 1;
  return octets.toString('base64url');
}
