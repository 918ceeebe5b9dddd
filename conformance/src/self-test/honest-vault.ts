import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConformanceTarget } from '../target.ts';
import { trueVault } from './true-vault.ts';

/** A vault that lies are told about. */
export interface HonestVault {
  readonly target: ConformanceTarget;
  /** Lies that cannot be told about it, by their ids, with the reason: it has nothing of what they are about. */
  readonly untold: Readonly<Record<string, string>>;
}

/** The vault that a module exports as `target`, with `untold` beside it; the local vault where there is none. */
export async function readVault(module: string | undefined): Promise<HonestVault> {
  if (module === undefined) return { target: trueVault, untold: {} };
  const found = (await import(pathToFileURL(resolve(module)).href)) as Partial<HonestVault>;
  if (found.target === undefined) throw new TypeError(`The module ${module} exports no target`);
  return { target: found.target, untold: found.untold ?? {} };
}
