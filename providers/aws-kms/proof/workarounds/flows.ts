import type { Workaround } from '../../../../scripts/workarounds/workaround.ts';

const src = 'providers/aws-kms/src';
const test = 'providers/aws-kms/test';
const deletion = `${test}/deletion.test.ts`;

/** What KMS forgets, hides, or shows too late. */
export const flowWorkarounds: readonly Workaround[] = [
  {
    name: 'KMS does not find a key for a while after it was made',
    file: `${src}/run-steps.ts`,
    from: 'if (!isNotFound(error) || attempt === maxAttempts) throw error;',
    to: 'if (attempt > 0) throw error;',
    tests: [
      {
        file: `${test}/faults.test.ts`,
        name: 'create next where nothing is found for a while after it was made',
      },
      { file: `${test}/faults.test.ts`, name: 'import where nothing is found for a while after it was made' },
    ],
  },
  {
    name: 'KMS leaves a recovered key disabled',
    file: `${src}/deletion-flow.ts`,
    from: "if (key.state !== 'Enabled' && record?.stateBeforeDeletion?.enabled === true) {",
    to: 'if (false) {',
    tests: [{ file: deletion, name: 'recovering brings back every version as it was, several times over' }],
  },
  {
    name: 'KMS forgets the state that a key was in before it was scheduled for deletion',
    file: `${src}/deletion-flow.ts`,
    from: "const stateBeforeDeletion = { enabled: state !== 'Disabled' };",
    to: 'const stateBeforeDeletion = { enabled: true };',
    tests: [{ file: deletion, name: 'recovering brings back every version as it was, several times over' }],
  },
  {
    name: 'KMS removes the aliases of a key that it destroys: a name must not be free too early',
    file: `${src}/deletion-flow.ts`,
    from: '      .toReversed()\n',
    to: '',
    tests: [{ file: deletion, name: 'deleting schedules every version, the current one first' }],
  },
  {
    name: 'KMS refuses to schedule what is scheduled',
    file: `${src}/deletion-flow.ts`,
    from: '    // It is scheduled already.\n    if (!isWrongState(error)) throw error;',
    to: '    throw error;',
    tests: [{ file: `${test}/races.test.ts`, name: 'two deletions at once' }],
  },
  {
    name: 'KMS hides the public key of a disabled key',
    file: `${src}/make-version-flow.ts`,
    from: '      await eventually(vault, call, () => publicKeyOf(vault, key, call));\n',
    to: '',
    tests: [{ file: `${test}/keys.test.ts`, name: 'a version is disabled before anybody can find it' }],
  },
  {
    name: 'A key may be disabled, or its public key forbidden, and yet be listed and read',
    file: `${src}/public-keys.ts`,
    from: 'if (isRefusal(error)) return undefined;',
    to: '',
    tests: [{ file: `${test}/public-keys.test.ts`, name: 'has none, and is read all the same' }],
  },
  {
    name: 'An alias that is there may not be seen yet: who claims again learns whose it is',
    file: `${src}/make-version-flow.ts`,
    from: 'const ours = await tryClaim(vault, alias, made(state).id, call);',
    to: 'const ours = (await describeKey(vault, alias, call))?.id === made(state).id;',
    tests: [
      {
        file: `${test}/making.test.ts`,
        name: 'a claim whose answer was lost and that KMS does not show yet is kept',
      },
    ],
  },
  {
    name: 'An alias may still show an older version: it is moved to the newest, never back',
    file: `${src}/standing.ts`,
    from: 'const { keyId } = await newestAfter(vault, name, { keyId: next.id, sequence: sequence + 1 }, call);',
    to: 'const keyId = next.id;',
    tests: [{ file: `${test}/standing.test.ts`, name: 'an alias that is read late is never moved back' }],
  },
  {
    name: 'A deletion that slept must not schedule a version that was recovered meanwhile',
    file: `${src}/deletion-flow.ts`,
    from: '      await requireStillDeleted(vault, plan, call);\n',
    to: '',
    tests: [
      {
        file: `${test}/races.test.ts`,
        name: 'a deletion that slept schedules no version of a key that was recovered and rotated since',
      },
    ],
  },
  {
    name: 'A claim that was made just now may not be seen yet',
    file: `${src}/numbered-versions.ts`,
    from: 'look <= looksAgain && claims',
    to: 'look < 1 && claims',
    tests: [
      {
        file: `${test}/standing.test.ts`,
        name: 'a version that KMS does not show yet is deleted with the others',
      },
    ],
  },
  {
    name: 'The answer to CreateKey may be lost: nobody then knows the key, so that it can only be found by its tags',
    file: `${src}/make-version-flow.ts`,
    from: '      { TagKey: reservedTags.vault, TagValue: vault.prefix },\n',
    to: '',
    tests: [
      {
        file: `${test}/doctor.test.ts`,
        name: 'keys that became no version are found after every death of their maker',
      },
    ],
  },
  {
    name: 'Who may not read tags must still be able to read keys',
    file: `${src}/key-record.ts`,
    from: "if (classify(error).code !== 'ERR_PERMISSION_DENIED') throw error;",
    to: 'throw error;',
    tests: [
      {
        file: `${test}/strange-vaults.test.ts`,
        name: 'tags changed outside: without them a damaged key is nobody of ours',
      },
    ],
  },
  {
    name: 'A tag holds fewer signs than a description',
    file: `${src}/adopt.ts`,
    from: 'const kept = tagValue.test(key.description) ? key.description : undefined;',
    to: 'const kept = key.description;',
    tests: [{ file: `${test}/adopt.test.ts`, name: 'a key is adopted by its id' }],
  },
];
