import {
  formatDeletedKeyId,
  formatKeyId,
  parseKeyId,
  parseKeyIdOf,
} from '../../packages/core/src/key-identifier.ts';
import {
  checkName,
  checkRequestId,
  checkTags,
  checkVersion,
} from '../../packages/core/src/names-and-tags.ts';
import { mutateJson } from '../mutate-json.ts';
import { junkText, mutateText } from '../mutate-text.ts';
import { defineTarget, roundTrip } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { validName, validTags, validVaultUri, validVersion } from './valid-texts.ts';

const keyIdentifier = defineTarget<string>({
  name: 'key-identifier',
  sources: ['packages/core/src/key-identifier.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid(random) {
    const vault = validVaultUri(random);
    const name = validName(random);
    if (random.chance(0.2)) return formatDeletedKeyId(vault, name);
    return formatKeyId(vault, name, random.chance(0.3) ? undefined : validVersion(random));
  },
  mutate: mutateText,
  junk: junkText,
  parse(id) {
    const { vaultUri, name, version, sourceId } = parseKeyId(id);
    const again =
      version === undefined && id.includes('/deletedkeys/')
        ? formatDeletedKeyId(vaultUri, name)
        : formatKeyId(vaultUri, name, version);
    roundTrip(again === id && sourceId === id, 'the id formats to another text');
    return roundTrip(parseKeyIdOf(vaultUri, id).name === name, 'the id is not of its own vault');
  },
});

const names = defineTarget<{ readonly text: string; readonly strict: boolean }>({
  name: 'names',
  sources: ['packages/core/src/names-and-tags.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: (random) => ({ text: validName(random), strict: random.chance(0.5) }),
  mutate: (random, { text, strict }, other) => ({ text: mutateText(random, text, other.text), strict }),
  junk: (random) => ({ text: junkText(random), strict: random.chance(0.5) }),
  parse({ text, strict }) {
    roundTrip(checkName(text, strict) === text, 'the name changed');
    roundTrip(encodeURIComponent(text) === text, 'the name needs escaping');
    // Every name is a version and a path segment of an id, too.
    return roundTrip(checkVersion(text === 'rotationpolicy' ? 'x' : text) !== '', 'the version is empty');
  },
});

const requestIds = defineTarget<string>({
  name: 'request-ids',
  sources: ['packages/core/src/names-and-tags.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: (random) => random.text(random.between(1, 64), 'abcXYZ019_.-'),
  mutate: mutateText,
  junk: junkText,
  parse(text) {
    return roundTrip(checkRequestId(text) === text && text.length <= 64, 'the request id changed');
  },
});

const tags = defineTarget<unknown>({
  name: 'tags',
  sources: ['packages/core/src/names-and-tags.ts'],
  refusals: ['ERR_INVALID_ARGUMENT'],
  valid: validTags,
  mutate: mutateJson,
  junk: (random) => mutateJson(random, null, null),
  parse(input) {
    const checked = checkTags(input, { maxPageSize: 1, maxTags: 10 });
    const before = Object.entries(input as Record<string, string>);
    roundTrip(before.length === Object.keys(checked).length, 'a tag was lost');
    roundTrip(
      before.every(([key, value]) => checked[key] === value),
      'a tag changed',
    );
    return roundTrip(
      Buffer.from(JSON.stringify(checked)).toString() === JSON.stringify(checked),
      'not well-formed',
    );
  },
});

/** Parsers of what names keys. */
export const identifierTargets: readonly FuzzTarget[] = [keyIdentifier, names, requestIds, tags];
