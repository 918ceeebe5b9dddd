import { checkBytes, checkFlag, checkOptions, checkText } from '../arguments.ts';
import type { Capabilities } from '../capabilities.ts';
import { checkDateOrder, toEpochSeconds } from '../dates.ts';
import { invalidArgument } from '../errors.ts';
import type { NewVersionRequest } from '../key-driver.ts';
import type { KeyReleasePolicy, NewVersionOptions } from '../models.ts';
import { checkTags } from '../names-and-tags.ts';
import type { Shape } from './key-shape.ts';
import { resolveOperations } from './key-usage.ts';

/** The members that every way of making a version takes. */
export const newVersionMembers = [
  'signal',
  'requestId',
  'keyOperations',
  'algorithm',
  'enabled',
  'notBefore',
  'expiresOn',
  'tags',
  'exportable',
  'releasePolicy',
  'backup',
  'hardwareProtected',
] as const;

/** Checks a release policy and copies it. */
export function checkPolicyOption(policy: unknown): KeyReleasePolicy | undefined {
  if (policy === undefined) return undefined;
  checkOptions(policy, ['encodedPolicy', 'contentType', 'immutable'], 'options.releasePolicy');
  const { encodedPolicy, contentType, immutable } = policy as KeyReleasePolicy;
  return Object.freeze({
    encodedPolicy: Uint8Array.from(checkBytes(encodedPolicy, 'options.releasePolicy.encodedPolicy')),
    contentType:
      contentType === undefined ? 'application/json; charset=utf-8' : checkText(contentType, 'contentType'),
    immutable: checkFlag(immutable, 'options.releasePolicy.immutable') ?? false,
  });
}

/** Makes the complete request for a new version out of checked parts and the caller's options. */
export function newVersionRequest(
  capabilities: Capabilities,
  name: string,
  shape: Shape,
  options: NewVersionOptions,
): NewVersionRequest {
  const notBefore =
    options.notBefore === undefined ? undefined : toEpochSeconds(options.notBefore, 'options.notBefore');
  const expiresOn =
    options.expiresOn === undefined ? undefined : toEpochSeconds(options.expiresOn, 'options.expiresOn');
  checkDateOrder(notBefore, expiresOn);
  const exportable = checkFlag(options.exportable, 'options.exportable');
  const releasePolicy = checkPolicyOption(options.releasePolicy);
  if (exportable === true && releasePolicy === undefined) {
    throw invalidArgument('An exportable key needs a releasePolicy');
  }
  if (exportable !== true && releasePolicy !== undefined) {
    throw invalidArgument('A releasePolicy needs exportable: true');
  }
  const optional = {
    curve: shape.curve,
    size: shape.size,
    algorithm: shape.algorithm?.name,
    notBefore,
    expiresOn,
    exportable,
    releasePolicy,
    backup: checkFlag(options.backup, 'options.backup') === true ? true : undefined,
  };
  return Object.freeze({
    name,
    keyType: shape.keyType,
    keyOperations: resolveOperations(capabilities, shape, options.keyOperations),
    enabled: checkFlag(options.enabled, 'options.enabled') ?? true,
    tags: checkTags(options.tags ?? {}, capabilities.limits),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  });
}

/** The members of a request beyond what every driver knows; each must be named by the driver's capabilities. */
export function extraMembers(request: NewVersionRequest): readonly string[] {
  const extra: string[] = (
    ['algorithm', 'notBefore', 'expiresOn', 'exportable', 'releasePolicy'] as const
  ).filter((member) => request[member] !== undefined);
  if (request.backup === true) extra.push('backup');
  if (!request.enabled) extra.push('enabled');
  if (Object.keys(request.tags).length > 0) extra.push('tags');
  return extra;
}
