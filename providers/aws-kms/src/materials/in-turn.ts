import type { Call, DriverMethod } from '@keyway/core/driver';
import type { KmsVault } from '../vault.ts';
import { oneAtATime } from './material-knowledge.ts';

/** Methods of the driver that write the record of the key that they name. */
const writing: ReadonlySet<string> = new Set([
  'create',
  'import',
  'update',
  'adopt',
  'rotate',
  'writePolicy',
  'delete',
  'recover',
]);

/** The methods of a family, of which those that write to one key run one after the other where its versions share a record. */
export function inTurn<Methods extends object>({ materials }: KmsVault, methods: Methods): Methods {
  if (materials === undefined) return methods;
  const entries = Object.entries(methods as Record<string, DriverMethod<{ name: string }, unknown>>);
  const serial = entries.map(([method, run]) => {
    if (!writing.has(method)) return [method, run];
    const waiting = (request: { readonly name: string }, call: Call): Promise<unknown> =>
      oneAtATime(materials, request.name, () => {
        call.signal.throwIfAborted();
        return run(request, call);
      });
    return [method, waiting];
  });
  return Object.fromEntries(serial) as Methods;
}
