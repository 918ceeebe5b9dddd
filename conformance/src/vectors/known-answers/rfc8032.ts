import type { KnownAnswer } from '../known-answer.ts';

/** Edwards-curve digital signatures (RFC 8032). Octets in hexadecimal. */
export const rfc8032: readonly KnownAnswer[] = [
  {
    kind: 'signature',
    id: 'rfc8032/test-1',
    source: 'RFC 8032, section 7.1, TEST 1',
    algorithm: 'Ed25519',
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    },
    data: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    deterministic: true,
  },
  {
    kind: 'signature',
    id: 'rfc8032/test-2',
    source: 'RFC 8032, section 7.1, TEST 2',
    algorithm: 'Ed25519',
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
      d: 'TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs',
    },
    data: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    deterministic: true,
  },
  {
    kind: 'signature',
    id: 'rfc8032/test-3',
    source: 'RFC 8032, section 7.1, TEST 3',
    algorithm: 'Ed25519',
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU',
      d: 'xaqN9D-fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc',
    },
    data: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    deterministic: true,
  },
  {
    kind: 'signature',
    id: 'rfc8032/test-sha-abc',
    source: 'RFC 8032, section 7.1, TEST SHA-ABC',
    algorithm: 'Ed25519',
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '7Bcrk61eVjv0kyxw4SRQNMNUZ-8u_U1k6_gZaDRn4r8',
      d: 'gz_mJAkje51i7HdYdSCRHpp1nOwdGXVbfakBuW3KPUI',
    },
    data: 'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    signature:
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
    deterministic: true,
  },
];
