/** An answer that is made here. */
export interface MadeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string | Buffer;
}

/** What becomes of one request. */
export interface Fault {
  /** Whether the vault gets the request. */
  readonly reaches: boolean;
  /**
   * What the client gets: the vault's `answer`, `half` of it, `nothing` but the end of the connection, what was true before
   * the last write (`stale`), or an answer made here.
   */
  readonly gives: 'answer' | 'half' | 'nothing' | 'stale' | MadeAnswer;
  /** Calls the wait of the proxy, before the request goes on or after its answer has come. */
  readonly waits?: 'before' | 'after' | undefined;
}

/** An error as KMS reports it. */
export function kmsError(status: number, type: string, message: string): MadeAnswer {
  return { status, body: JSON.stringify({ __type: type, message }) };
}

const internal = kmsError(500, 'KMSInternalException', 'The request was rejected: internal error');
const unavailable = kmsError(503, 'ServiceUnavailableException', 'The service is unavailable');
const retryAfter = { ...unavailable, headers: { 'retry-after': '1' } };
const html = { 'content-type': 'text/html; charset=utf-8' };
const page = '<!doctype html><html><head><title>Sign in</title></head><body>Welcome</body></html>';
/** Where a redirect leads: a client that follows it shows up in the log as a request of no operation. */
export const redirectPath = '/elsewhere';

/** Octets of the answer that is too long. */
export const hugeLength = 10_000_000;

const notThere = kmsError(400, 'NotFoundException', 'The key or alias does not exist');

/** The faults, by name. Adding one is adding a row. */
export const faults = {
  pass: { reaches: true, gives: 'answer' },
  'cut-before': { reaches: false, gives: 'nothing' },
  'cut-after': { reaches: true, gives: 'nothing' },
  'half-answer': { reaches: true, gives: 'half' },
  'error-500': { reaches: false, gives: internal },
  'error-500-after': { reaches: true, gives: internal },
  'error-503': { reaches: false, gives: unavailable },
  'error-503-after': { reaches: true, gives: unavailable },
  'error-503-retry-after': { reaches: false, gives: retryAfter },
  throttled: { reaches: false, gives: kmsError(400, 'ThrottlingException', 'Rate exceeded') },
  'slow-before': { reaches: true, gives: 'answer', waits: 'before' },
  'slow-after': { reaches: true, gives: 'answer', waits: 'after' },
  stale: { reaches: false, gives: 'stale' },
  'not-found': { reaches: false, gives: notThere },
  refused: { reaches: false, gives: kmsError(400, 'AccessDeniedException', 'You are not authorized') },
  'expired-token': { reaches: false, gives: kmsError(400, 'ExpiredTokenException', 'The token is expired') },
  quota: { reaches: false, gives: kmsError(400, 'LimitExceededException', 'A quota is used up') },
  html: { reaches: false, gives: { status: 200, headers: html, body: page } },
  redirect: { reaches: false, gives: { status: 307, headers: { location: redirectPath }, body: '' } },
  huge: { reaches: false, gives: { status: 200, body: hugeAnswer() } },
  'broken-json': { reaches: false, gives: { status: 200, body: '{"KeyMetadata":{"KeyId":"' } },
  'odd-json': { reaches: false, gives: { status: 200, body: oddAnswer() } },
  'empty-json': { reaches: false, gives: { status: 200, body: '{}' } },
} as const satisfies Readonly<Record<string, Fault>>;

/** The name of a fault. */
export type FaultName = keyof typeof faults;

/** All names, in order. */
export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[];

/** Good JSON with a member that nobody asked for. */
function hugeAnswer(): Buffer {
  const start = '{"Padding":"';
  const end = '"}';
  return Buffer.from(`${start}${'x'.repeat(hugeLength - start.length - end.length)}${end}`);
}

/** Good JSON whose members have other types than the protocol says. */
function oddAnswer(): string {
  return JSON.stringify({
    KeyMetadata: 7,
    Aliases: 'none',
    Keys: { first: 1 },
    Tags: 3,
    Signature: { r: 1 },
    PublicKey: 9,
    KeyId: [],
    Plaintext: 0,
    CiphertextBlob: {},
    Mac: true,
    Truncated: 'yes',
    NextMarker: 5,
    ImportToken: 1,
    SigningAlgorithms: 'all',
  });
}
