import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { decodeOctets, encodeOctets } from './octets.ts';

/** Results and parameters of boto3, by the names of the KMS API; octets are `Uint8Array`. */
export type Boto3Values = Readonly<Record<string, unknown>>;

/** What KMS, or boto3 itself, has refused. */
export class Boto3Error extends Error {
  override readonly name = 'Boto3Error';
  /** The name of the error in KMS, or of the exception in Python. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** AWS's own client for Python, in a process of its own. */
export interface Boto3 {
  /** `boto3 1.2.3, botocore 1.2.3` */
  readonly version: string;
  /**
   * Calls a method of boto3's KMS client, `generate_mac` for example.
   *
   * @throws Boto3Error
   */
  call(method: string, parameters: Boto3Values): Promise<Boto3Values>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of {@link startBoto3}. */
export interface Boto3Options {
  /** The interpreter of an environment that has boto3. */
  readonly python: string;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

interface Waiting {
  resolve(values: Boto3Values): void;
  reject(error: Error): void;
}

/** One line of the program's. */
interface Said {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Starts boto3 for one endpoint. It ends when it is closed, and with this process, however that ends. */
export async function startBoto3(options: Boto3Options): Promise<Boto3> {
  const program = fileURLToPath(new URL('kms_jobs.py', import.meta.url));
  // -I: neither the environment nor the folder of the user brings other modules in.
  const child = spawn(options.python, ['-I', '-B', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environmentOf(options),
  });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  child.stdin.on('error', () => {});
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('boto3 has ended'));
    waiting.clear();
  });
  const ready = new Promise<string>((resolve) => {
    const lines = createInterface({ input: child.stdout });
    lines.once('line', (line) => {
      resolve(line);
      lines.on('line', (next) => settle(JSON.parse(next) as Said, waiting));
    });
  });
  const first = await Promise.race([ready, ended]);
  if (first === undefined) throw new Error(`boto3 did not start with ${options.python}`);
  const versions = JSON.parse(first) as Readonly<Record<string, string>>;
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return {
    version: Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    call(method, parameters) {
      return new Promise((resolve, reject) => {
        const id = ++last;
        if (!child.stdin.writable) {
          reject(new Error('boto3 has ended'));
          return;
        }
        waiting.set(id, { resolve, reject });
        child.stdin.write(
          `${JSON.stringify({ id, operation: method, parameters: encodeOctets(parameters) })}\n`,
        );
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function settle({ id, result, error }: Said, waiting: Map<number, Waiting>): void {
  const caller = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) caller?.resolve(decodeOctets(result) as Boto3Values);
  else caller?.reject(new Boto3Error(error.code, error.message));
}

/** Nothing of the user's own AWS settings, and no look for a metadata server. */
function environmentOf({ endpoint, region, credentials }: Boto3Options): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '127.0.0.1,localhost',
  };
}
