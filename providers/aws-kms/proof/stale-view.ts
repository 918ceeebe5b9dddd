import { createAliasHistory, withoutLastAliasWrite } from './alias-history.ts';
import type { ForwardedAnswer } from './forward.ts';
import { kmsError } from './fault.ts';
import type { MadeAnswer } from './fault.ts';
import { isStateRead, isWrite, nameIn, parseKmsBody } from './kms-protocol.ts';
import type { KmsBody } from './kms-protocol.ts';

/** One request as the view sees it. */
export interface ViewedRequest {
  readonly operation: string;
  readonly body: KmsBody;
}

/** What gives a request the state before the last write; `unknown` where the proxy cannot tell it. */
type Stale =
  | { readonly kind: 'made'; readonly answer: MadeAnswer }
  /** The request is sent on as if it named another key. */
  | { readonly kind: 'instead'; readonly body: Buffer }
  /** The request is sent on, and its answer is changed. */
  | { readonly kind: 'changed'; change(answer: Buffer): Buffer }
  | { readonly kind: 'unknown' };

/** Remembers what went through the proxy, and tells what was there before. */
export interface StaleView {
  /** Keys and aliases that a request names, and the lists it reads. */
  names(request: ViewedRequest): readonly string[];
  /** Counts a request, and gives how many about the same things came since the last write of one of them. */
  count(request: ViewedRequest): number | undefined;
  /** Takes an answer that the vault gave. `sentAt` is `moment` when the request was sent. */
  saw(request: ViewedRequest, answer: ForwardedAnswer, sentAt: number): void;
  stale(request: ViewedRequest): Stale;
  /** Number of writes that have succeeded so far. */
  readonly moment: number;
}

interface Thing {
  /** The write that touched it last. */
  written: number;
  since: number;
  /** Whether that write made it. */
  readonly made: boolean;
}

const aliasList = 'list of aliases';
const keyList = 'list of keys';

/** Makes a view that has seen nothing yet. */
export function createStaleView(): StaleView {
  const things = new Map<string, Thing>();
  const records = new Map<string, { readonly at: number; readonly answer: MadeAnswer }[]>();
  const aliases = createAliasHistory();
  let moment = 0;

  const known = (request: ViewedRequest): readonly Thing[] =>
    mentioned(request).flatMap((name) => things.get(name) ?? []);
  const record = (request: ViewedRequest, answer: ForwardedAnswer, at: number): void => {
    const key = recordKey(request);
    const { status, body } = answer;
    records.set(key, [...(records.get(key) ?? []), { at, answer: { status, body } }]);
  };
  const recorded = (request: ViewedRequest): MadeAnswer | undefined => {
    const written = Math.max(0, ...known(request).map((thing) => thing.written));
    return records.get(recordKey(request))?.findLast(({ at }) => at < written)?.answer;
  };

  return {
    names: mentioned,
    count(request) {
      const counts = known(request).map((thing) => thing.since++);
      return counts.length === 0 ? undefined : Math.min(...counts);
    },
    saw(request, answer, sentAt) {
      if (answer.status !== 200) {
        if (isStateRead(request.operation)) record(request, answer, sentAt);
        return;
      }
      const answered = parseKmsBody(answer.body);
      if (isWrite(request.operation)) {
        moment++;
        const made = request.operation === 'CreateKey';
        for (const name of written(request, answered)) things.set(name, { written: moment, since: 0, made });
      } else if (isStateRead(request.operation)) {
        record(request, answer, sentAt);
      }
      aliases.saw(request.operation, request.body, answered);
    },
    stale(request) {
      if (request.operation === 'ListAliases') {
        return { kind: 'changed', change: (answer) => withoutLastAliasWrite(answer, aliases) };
      }
      const earlier = isStateRead(request.operation) ? recorded(request) : undefined;
      if (earlier !== undefined) return { kind: 'made', answer: earlier };
      const key = named(request.body, 'KeyId', 'TargetKeyId');
      const moved = key.flatMap((name) => aliases.before(name) ?? [])[0];
      if (moved === 'absent')
        return { kind: 'made', answer: notFound(`Alias ${key[0] ?? ''} is not found.`) };
      if (moved !== undefined) {
        return {
          kind: 'instead',
          body: Buffer.from(JSON.stringify({ ...request.body, KeyId: moved.target })),
        };
      }
      const isNew = key.some((name) => things.get(name)?.made === true);
      return isNew
        ? { kind: 'made', answer: notFound(`Key '${key[0] ?? ''}' does not exist`) }
        : { kind: 'unknown' };
    },
    get moment() {
      return moment;
    },
  };
}

const notFound = (message: string): MadeAnswer => kmsError(400, 'NotFoundException', message);

function recordKey({ operation, body }: ViewedRequest): string {
  const members = Object.entries(body).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `${operation} ${JSON.stringify(members)}`;
}

/** What a request is about. */
function mentioned({ operation, body }: ViewedRequest): readonly string[] {
  const names = named(body, 'KeyId', 'AliasName', 'TargetKeyId', 'SourceKeyId', 'DestinationKeyId');
  if (operation === 'ListAliases') return [...names, aliasList];
  if (operation === 'ListKeys') return [...names, keyList];
  return names;
}

/** What a write changes: an alias, or a key. */
function written({ operation, body }: ViewedRequest, answer: KmsBody): readonly string[] {
  if (operation === 'CreateKey') {
    const metadata = answer['KeyMetadata'] as KmsBody | undefined;
    return [...named(metadata ?? {}, 'KeyId'), keyList];
  }
  if (operation.endsWith('Alias')) return [...named(body, 'AliasName'), aliasList];
  // Writing a key does not change the alias that named it; few writes take one at all.
  return named(body, 'KeyId').filter((name) => !name.startsWith('alias/'));
}

/** The names that members of a body hold. */
function named(body: KmsBody, ...members: readonly string[]): readonly string[] {
  return members.flatMap((member) => nameIn(body, member) ?? []);
}
