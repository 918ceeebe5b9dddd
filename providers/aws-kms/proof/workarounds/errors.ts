import type { Workaround } from '../../../../scripts/workarounds/workaround.ts';

const src = 'providers/aws-kms/src';
const opening = 'providers/aws-kms/test/opening.test.ts';
const classifying = 'providers/aws-kms/test/classify.test.ts';

/** What errors of KMS and of the SDK mean, and what they must not say. */
export const errorWorkarounds: readonly Workaround[] = [
  {
    name: 'An error of the SDK that came up while it read an answer holds the answer',
    file: `${src}/guarded-client.ts`,
    from: 'const isRead = $response !== undefined && $fault === undefined;',
    to: 'const isRead = false;',
    tests: [{ file: opening, name: 'where the answer is cut' }],
  },
  {
    name: 'The response in an error of the SDK leads to the headers of the request',
    file: `${src}/guarded-client.ts`,
    from: "Reflect.set($response, 'body', undefined);",
    to: ';',
    tests: [{ file: opening, name: 'that holds no session token where the client was given, either' }],
  },
  {
    name: 'KMS repeats the signed request, with the session token, where it does not accept the signature',
    file: `${src}/guarded-client.ts`,
    from: "if (repeatsRequest.has(name)) sdkError.message = 'KMS does not accept the signature of the request';",
    to: '',
    tests: [{ file: opening, name: 'where the signature is not accepted' }],
  },
  {
    name: 'The SDK reads answers of any length into memory',
    file: `${src}/make-client.ts`,
    from: '  limitAnswers(client);\n',
    to: '',
    tests: [{ file: opening, name: 'is read no further than its limit, announced or not' }],
  },
  {
    name: 'LimitExceededException is a quota, although the SDK calls it throttling and repeats it',
    file: `${src}/classify.ts`,
    from: "LimitExceededException: refused('ERR_QUOTA_EXCEEDED')",
    to: "LimitExceededException: passing('ERR_THROTTLED')",
    tests: [
      { file: classifying, name: 'LimitExceededException means ERR_QUOTA_EXCEEDED' },
      { file: classifying, name: 'is recognised as the SDK throws it' },
    ],
  },
  {
    name: 'Only some errors of KMS are classes: the others are known by name alone',
    file: `${src}/classify.ts`,
    from: 'if (byName !== undefined) return byName;',
    to: 'if (byName !== undefined && error.constructor?.name === error.name) return byName;',
    tests: [{ file: classifying, name: 'is recognised as the SDK throws it' }],
  },
  {
    name: 'A connection that never came about has the name of a timeout, and its code tells them apart',
    file: `${src}/classify.ts`,
    from: 'const byCode = own(networkCodes, error.code);',
    to: 'const byCode = own(errorNames, error.name) ?? own(networkCodes, error.code);',
    tests: [{ file: classifying, name: 'goes before the name of a timeout that the SDK gives it' }],
  },
  {
    name: 'A request that was refused for the clock succeeds when it is repeated: the SDK has set its clock',
    file: `${src}/classify.ts`,
    from: "if (error.$metadata?.clockSkewCorrected === true) return passing('ERR_UNAUTHENTICATED');",
    to: '',
    tests: [{ file: classifying, name: 'after which the SDK has set its clock may be repeated' }],
  },
  {
    name: 'KMS refuses a ciphertext of a wrong length as a malformed request',
    file: `${src}/classify.ts`,
    from: 'if (meaning === ourFault && at !== undefined && decrypting.has(at.operation)) {',
    to: 'if (false) {',
    tests: [
      {
        file: classifying,
        name: 'that refuses the form of a ciphertext says no more than that it does not decrypt',
      },
    ],
  },
  {
    name: 'KMS answers a signature that does not verify with an error',
    file: `${src}/cryptography.ts`,
    from: 'if (isNamed(error, named)) return { valid: false, version: use.version };',
    to: '',
    tests: [
      {
        file: 'providers/aws-kms/test/cryptography.test.ts',
        name: 'is no, and no error, where KMS says that a signature or MAC does not verify',
      },
    ],
  },
  {
    name: 'Only the message of NotFoundException says in which account KMS looked',
    file: `${src}/identity.ts`,
    from: "if (error instanceof Error && error.name === 'NotFoundException') return placeIn(error.message);",
    to: '',
    tests: [
      {
        file: opening,
        name: 'learns account and partition from what KMS says of an alias that is not there',
      },
    ],
  },
];
