import type { KMS } from '@aws-sdk/client-kms';
import type { KnownFailure } from '@keyway/conformance';

/** Cases that look at a version that is not current, which only the list of materials knows. */
const readsOlder = [
  'create/live-name/next-version',
  'read/version/not-found',
  'read/versions/current-even-if-disabled',
  'list/versions/all-of-them',
  'list/versions/of-no-key',
  'update/version/that-one-only',
  'update/key/not-found',
  'decrypt/provider/version-pinned',
  'wrap/provider/round-trip',
  'rotate/oct-256/new-material-same-kind',
  'rotate/symmetric/new-material',
  'rotate/at-once/both-stay',
  'recover/versions/all-as-they-were',
  'adopt/external/becomes-own',
  'request-id/createkey/repeated-gives-the-first-result',
  'request-id/importkey/repeated-gives-the-first-result',
  'request-id/rotatekey/repeated-gives-the-first-result',
  'retry/lost-create/one-version',
  'retry/lost-rotation/one-version',
];

/** What the emulator says to the list of a key's materials. */
async function listing(client: KMS): Promise<string> {
  const { KeyMetadata } = await client.createKey({});
  const KeyId = KeyMetadata?.KeyId ?? '';
  const listed = await client.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }).then(
    ({ Rotations = [] }) => `${Rotations.length} materials`,
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : 'failed'),
  );
  await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  return `ListKeyRotations: ${listed}`;
}

/** What fails on LocalStack where versions are key materials. */
export function materialFailuresOf(emulatorVersion: string, client: () => KMS): readonly KnownFailure[] {
  let shown: Promise<string> | undefined;
  const run = (): Promise<string> => (shown ??= listing(client()));
  return readsOlder.map((id) => ({
    case: id,
    emulatorVersion,
    reason: 'ListKeyRotations is not implemented, so that only the current version can be read',
    expected: { pattern: /ERR_UNAVAILABLE|cannot be reached or failed/ },
    reproduction: { run, observes: /^ListKeyRotations: (?!1 materials)/ },
  }));
}
