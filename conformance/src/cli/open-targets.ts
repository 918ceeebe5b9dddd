import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDriver } from 'keyway';
import type { ConformanceTarget } from '../target.ts';
import { UsageError } from './arguments.ts';
import type { Arguments } from './arguments.ts';

/**
 * The targets that the command line names: known ones by their provider, and vaults by their URI or by a module.
 *
 * @throws UsageError for a provider without targets, and for a module that exports none.
 */
export async function targetsFor(
  { providers, vaults }: Arguments,
  known: readonly ConformanceTarget[],
): Promise<readonly ConformanceTarget[]> {
  if (providers.length === 0 && vaults.length === 0) return known;
  const chosen = providers.flatMap((provider) => {
    const own = known.filter((target) => target.provider === provider);
    if (own.length === 0) throw new UsageError(`There is no target of provider ${provider} here`);
    return own;
  });
  const named = await Promise.all(vaults.map(targetsAt));
  return [...chosen, ...named.flat()];
}

async function targetsAt(vault: string): Promise<readonly ConformanceTarget[]> {
  const path = resolve(vault);
  const isModule = /\.(?:[cm]?js|[cm]?ts)$/.test(vault) && existsSync(path);
  if (!isModule) return [vaultAt(vault)];
  const module = (await import(pathToFileURL(path).href)) as {
    readonly target?: ConformanceTarget;
    readonly targets?: readonly ConformanceTarget[];
  };
  const found = [...(module.target === undefined ? [] : [module.target]), ...(module.targets ?? [])];
  if (found.length === 0) throw new UsageError(`The module ${vault} exports neither target nor targets`);
  return found;
}

/** Any vault that a URI opens. Its query may name secrets' places; the name in reports leaves it out. */
function vaultAt(uri: string): ConformanceTarget {
  const [name = uri] = uri.split('?');
  const [scheme = ''] = uri.split(':');
  return { name, provider: scheme, live: true, open: () => openDriver(uri) };
}
