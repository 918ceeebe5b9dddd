import type { KnownAnswer } from '../known-answer.ts';

/** HMAC (NIST HMAC). Octets in hexadecimal. */
export const nistHmac: readonly KnownAnswer[] = [
  {
    kind: 'signature',
    id: 'nist-hmac/hs256-64-octet-key',
    source: 'NIST examples with intermediate values, HMAC_SHA256, keylen=blocklen',
    algorithm: 'HS256',
    key: {
      kty: 'oct',
      k: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw',
    },
    data: '53616d706c65206d65737361676520666f72206b65796c656e3d626c6f636b6c656e',
    signature: '8bb9a1db9806f20df7f77b82138c7914d174d59e13dc4d0169c9057b133e1d62',
    deterministic: true,
  },
  {
    kind: 'signature',
    id: 'nist-hmac/hs256-32-octet-key',
    source: 'NIST examples with intermediate values, HMAC_SHA256, keylen<blocklen',
    algorithm: 'HS256',
    key: { kty: 'oct', k: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8' },
    data: '53616d706c65206d65737361676520666f72206b65796c656e3c626c6f636b6c656e',
    signature: 'a28cf43130ee696a98f14a37678b56bcfcbdd9e5cf69717fecf5480f0ebdf790',
    deterministic: true,
  },
  {
    kind: 'signature',
    id: 'nist-hmac/hs384-48-octet-key',
    source: 'NIST examples with intermediate values, HMAC_SHA384, keylen<blocklen',
    algorithm: 'HS384',
    key: { kty: 'oct', k: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v' },
    data: '53616d706c65206d65737361676520666f72206b65796c656e3c626c6f636b6c656e',
    signature:
      '6eb242bdbb582ca17bebfa481b1e23211464d2b7f8c20b9ff2201637b93646af5ae9ac316e98db45d9cae773675eeed0',
    deterministic: true,
  },
  {
    kind: 'signature',
    id: 'nist-hmac/hs512-64-octet-key',
    source: 'NIST examples with intermediate values, HMAC_SHA512, keylen<blocklen',
    algorithm: 'HS512',
    key: {
      kty: 'oct',
      k: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw',
    },
    data: '53616d706c65206d65737361676520666f72206b65796c656e3c626c6f636b6c656e',
    signature:
      'fd44c18bda0bb0a6ce0e82b031bf2818f6539bd56ec00bdc10a8a2d730b3634de2545d639b0f2cf710d0692c72a1896f1f211c2b922d1a96c392e07e7ea9fedc',
    deterministic: true,
  },
];
