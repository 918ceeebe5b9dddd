import type { EmulatorRow, HealthCheck } from './emulator-row.ts';

/** The first call is the slow one where a service is loaded at need. Emulators look at the form of a signature only. */
const listKeys: HealthCheck = {
  method: 'POST',
  path: '/',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.ListKeys',
    authorization:
      'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=0',
  },
  body: '{}',
  contains: '"Keys"',
};

const localKms: EmulatorRow = {
  name: 'local-kms',
  standsFor: 'AWS KMS',
  version: 'v0.0.0-20231025161602-e4d9425700fe',
  source: { kind: 'go', module: 'github.com/nsmithuk/local-kms', pins: 'local-kms' },
  command: ['{program}'],
  environment: {
    PORT: '{port}',
    KMS_REGION: 'eu-central-1',
    KMS_ACCOUNT_ID: '111122223333',
    KMS_DATA_PATH: '{folder}/data',
  },
  health: listKeys,
  readyWithin: 20_000,
  container: { port: 8080 },
  limits: [
    'As a process it listens on all interfaces; a container of the engine brought up here is on 127.0.0.1 only.',
    'It knows no MAC, Ed25519, ML-DSA, key agreement, grants or rotation on demand.',
    'It imports AES keys only, with OAEP and an RSA-2048 wrapping key.',
  ],
  defects: [],
};

const localStack: EmulatorRow = {
  name: 'localstack',
  standsFor: 'AWS KMS',
  version: '2026.3.0',
  source: { kind: 'python', requirements: 'localstack.requirements.txt', pythons: ['3.13'] },
  command: ['{program}', '-m', 'localstack.runtime.main'],
  environment: {
    HOME: '{folder}/home',
    TMPDIR: '{folder}/tmp',
    FILESYSTEM_ROOT: '{folder}/root',
    OVERRIDE_IN_DOCKER: '0',
    SERVICES: 'kms',
    // Its default server ignores the host and listens on all interfaces.
    GATEWAY_SERVER: 'hypercorn',
    GATEWAY_LISTEN: '127.0.0.1:{port}',
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    DOCKER_HOST: 'unix:///nonexistent/docker.sock',
  },
  health: listKeys,
  readyWithin: 60_000,
  limits: ['It is slow with RSA: about 15 signatures a second.', 'It keeps nothing when it ends.'],
  defects: [],
};

const moto: EmulatorRow = {
  name: 'moto',
  standsFor: 'AWS KMS',
  version: '5.2.5',
  source: { kind: 'python', requirements: 'moto.requirements.txt', pythons: ['3.13', '3.12', '3.11'] },
  command: ['{program}', '-m', 'moto.server', '-H', '127.0.0.1', '-p', '{port}'],
  environment: { HOME: '{folder}/home', TMPDIR: '{folder}/tmp' },
  health: listKeys,
  readyWithin: 60_000,
  limits: ['Its cryptography is not that of AWS KMS. It is of use for lists, aliases, tags and grants.'],
  defects: [],
};

/** Every emulator known here. */
export const emulatorCatalogue: readonly EmulatorRow[] = [localKms, localStack, moto];

/**
 * The row of a name.
 *
 * @throws TypeError for a name that has none.
 */
export function emulatorRow(name: string, rows: readonly EmulatorRow[] = emulatorCatalogue): EmulatorRow {
  const row = rows.find((known) => known.name === name);
  if (row === undefined)
    throw new TypeError(`There is no emulator ${name}; known are ${rows.map(({ name }) => name).join(', ')}`);
  return row;
}
