import type { Workaround } from '../../../../scripts/workarounds/workaround.ts';

const src = 'providers/aws-kms/src';
const opening = 'providers/aws-kms/test/opening.test.ts';
const making = 'providers/aws-kms/test/make-client.test.ts';
const cryptography = 'providers/aws-kms/test/cryptography.test.ts';
const importing = 'providers/aws-kms/test/import.test.ts';

/** How KMS must be asked, and what of its answers must not be believed. */
export const requestWorkarounds: readonly Workaround[] = [
  {
    name: 'The SDK repeats three times what may not be repeated',
    file: `${src}/make-client.ts`,
    from: 'maxAttempts: 1,',
    to: 'maxAttempts: 3,',
    tests: [{ file: opening, name: 'where KMS fails' }],
  },
  {
    name: 'The SDK only warns of a request that is not answered in time',
    file: `${src}/make-client.ts`,
    from: ', throwOnRequestTimeout: true }',
    to: ' }',
    tests: [{ file: making, name: 'a request that is not answered for half a minute fails' }],
  },
  {
    name: 'The environment leads the SDK to another endpoint',
    file: `${src}/make-client.ts`,
    from: '{ ignoreConfiguredEndpointUrls: true }',
    to: '{}',
    tests: [{ file: making, name: 'goes to the endpoint of its region, wherever the environment points' }],
  },
  {
    name: 'The environment leads the SDK to FIPS and dual-stack endpoints, which not every region has',
    file: `${src}/make-client.ts`,
    from: '    useFipsEndpoint: false,\n    useDualstackEndpoint: false,\n',
    to: '',
    tests: [{ file: making, name: 'goes to the endpoint of its region, wherever the environment points' }],
  },
  {
    name: "KMS's own default would hash a digest once more",
    file: `${src}/algorithms.ts`,
    from: "({ spec, messageType: 'DIGEST' })",
    to: "({ spec, messageType: 'RAW' })",
    tests: [{ file: cryptography, name: 'with ES256 asks for ECDSA_SHA_256 over DIGEST' }],
  },
  {
    name: 'Without a key id KMS decrypts with any key that the ciphertext names',
    file: `${src}/cryptography.ts`,
    from: 'CiphertextBlob: ciphertext,',
    to: 'CiphertextBlob: ciphertext,\n    ...({ KeyId: undefined } as object),',
    tests: [
      {
        file: cryptography,
        name: 'with provider asks for SYMMETRIC_DEFAULT with the id of the version, both ways',
      },
    ],
  },
  {
    name: 'An answer of another key must not pass for one of the key that was asked',
    file: `${src}/answers.ts`,
    from: 'if (said !== key.sourceId && said !== key.version) throw integrityError();',
    to: '',
    tests: [
      { file: cryptography, name: 'with another key than the one that was asked for is ERR_INTEGRITY' },
    ],
  },
  {
    name: 'The SDK decodes plaintexts into memory that it shares with others',
    file: `${src}/answers.ts`,
    from: '  octets.fill(0);\n',
    to: '',
    tests: [
      { file: cryptography, name: 'leaves the octets of the caller alone, and overwrites those of the SDK' },
      { file: cryptography, name: 'are those of KMS, in memory of their own' },
    ],
  },
  {
    name: 'KMS takes BER from nobody, and gives DER: what is not strict DER is no signature',
    file: 'packages/core/src/signature-format.ts',
    from: 'if (der[0] !== derTag.sequence || !minimal || der.length !== content + length) return undefined;',
    to: 'if (der[0] !== derTag.sequence) return undefined;',
    tests: [
      { file: 'packages/core/test/signature-format.test.ts', name: 'refuses DER with a long-form length' },
    ],
  },
  {
    name: 'KMS deletes imported material on a date where nothing is said',
    file: `${src}/import-material.ts`,
    from: "        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',\n",
    to: '',
    tests: [{ file: importing, name: 'P-256 arrives at KMS exactly as it was given' }],
  },
  {
    name: 'OAEP alone is too short for RSA keys: they are wrapped with a key that is wrapped',
    file: `${src}/import-material.ts`,
    from: "return { wrapping: 'RSA_AES_KEY_WRAP_SHA_256', octets: freshOctets(der), publicKey: toPublicJwk(key) };",
    to: "return { wrapping: 'RSAES_OAEP_SHA_256', octets: freshOctets(der), publicKey: toPublicJwk(key) };",
    tests: [{ file: importing, name: 'RSA that encrypts arrives at KMS exactly as it was given' }],
  },
  {
    name: 'Whoever answers in place of KMS could give a wrapping key of its own, and a weak one',
    file: `${src}/import-material.ts`,
    from: "if (key?.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails?.modulusLength !== 4096) {",
    to: "if (key?.asymmetricKeyType !== 'rsa') {",
    tests: [{ file: importing, name: 'a wrapping key that is not the one asked for gets no material' }],
  },
];
