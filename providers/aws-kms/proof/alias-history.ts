import { bareName, nameIn, parseKmsBody } from './kms-protocol.ts';
import type { KmsBody } from './kms-protocol.ts';

/** Where an alias pointed before its last write: to a key, or it was `absent`. */
type FormerTarget = { readonly target: string } | 'absent';

/** What is known of the aliases from the requests that went by. */
export interface AliasHistory {
  saw(operation: string, body: KmsBody, answer: KmsBody): void;
  /** Where an alias pointed before it was last written; undefined where it never was, or that is not known. */
  before(alias: string): FormerTarget | undefined;
  /** The alias that was written last, and its entry in a list before that, where one was seen. */
  last(): { readonly alias: string; readonly entry: KmsBody | undefined } | undefined;
}

/** Makes a history that knows nothing yet. */
export function createAliasHistory(): AliasHistory {
  const targets = new Map<string, string>();
  const entries = new Map<string, KmsBody>();
  const former = new Map<string, FormerTarget | undefined>();
  let last: string | undefined;

  const point = (alias: string, target: string | undefined): void => {
    if (target === undefined) targets.delete(alias);
    else targets.set(alias, target);
  };
  const write = (operation: string, body: KmsBody): void => {
    const alias = nameIn(body, 'AliasName');
    if (alias === undefined) return;
    const target = targets.get(alias);
    former.set(alias, operation === 'CreateAlias' ? 'absent' : target === undefined ? undefined : { target });
    point(alias, operation === 'DeleteAlias' ? undefined : nameIn(body, 'TargetKeyId'));
    last = alias;
  };

  return {
    saw(operation, body, answer) {
      if (operation === 'ListAliases') {
        for (const entry of listed(answer)) {
          const alias = nameIn(entry, 'AliasName');
          if (alias === undefined) continue;
          entries.set(alias, entry);
          point(alias, nameIn(entry, 'TargetKeyId'));
        }
      } else if (operation === 'DescribeKey') {
        const alias = nameIn(body, 'KeyId');
        const metadata = answer['KeyMetadata'] as KmsBody | undefined;
        if (alias?.startsWith('alias/') === true) point(alias, nameIn(metadata ?? {}, 'KeyId'));
      } else if (/^(?:Create|Update|Delete)Alias$/.test(operation)) {
        write(operation, body);
      }
    },
    before: (alias) => former.get(alias),
    last: () => (last === undefined ? undefined : { alias: last, entry: entries.get(last) }),
  };
}

/** A list of aliases as it was before the last write of one. */
export function withoutLastAliasWrite(answer: Buffer, history: AliasHistory): Buffer {
  const body = parseKmsBody(answer);
  const last = history.last();
  const before = last === undefined ? undefined : history.before(last.alias);
  if (last === undefined || before === undefined || !Array.isArray(body['Aliases'])) return answer;
  const kept = listed(body).filter((entry) => nameIn(entry, 'AliasName') !== last.alias);
  const present = listed(body).find((entry) => nameIn(entry, 'AliasName') === last.alias);
  const entry = present ?? last.entry ?? { AliasName: last.alias };
  // A page that does not hold the alias now gets it only where it was deleted, and then on the last page.
  const belongs = present !== undefined || (body['Truncated'] !== true && last.entry !== undefined);
  const restored =
    before === 'absent' || !belongs ? kept : [...kept, { ...entry, TargetKeyId: bareName(before.target) }];
  return Buffer.from(JSON.stringify({ ...body, Aliases: restored }));
}

function listed(answer: KmsBody): readonly KmsBody[] {
  const aliases = answer['Aliases'];
  return Array.isArray(aliases) ? (aliases as readonly KmsBody[]) : [];
}
