import { describe, expect, it } from 'vitest';
import { runNode } from './run-node.ts';

const ofProviders = (modules: readonly string[]): readonly string[] =>
  modules.filter((url) => url.includes('/providers/') || url === 'node:sqlite' || url.includes('@noble'));

describe('importing keyway', () => {
  it('loads no provider, database or curve arithmetic', async () => {
    const run = await runNode(`
      import { openKeyManager } from 'keyway';
      console.log(typeof openKeyManager);
    `);
    expect(run.output.trim()).toBe('function');
    expect(run.modules.some((url) => url.endsWith('/packages/core/src/index.ts'))).toBe(true);
    expect(ofProviders(run.modules)).toEqual([]);
  });

  it('loads none either while an unusable URI is refused', async () => {
    const run = await runNode(`
      import { openKeyManager } from 'keyway';
      for (const uri of ['vault.db', 'sqlite:vault.db']) await openKeyManager(uri).catch((error) => console.log(error.code));
    `);
    expect(run.output.trim().split('\n')).toEqual(['ERR_INVALID_ARGUMENT', 'ERR_INVALID_ARGUMENT']);
    expect(ofProviders(run.modules)).toEqual([]);
  });

  it('loads the one provider whose scheme is opened', async () => {
    const run = await runNode(`
      import { openKeyManager } from 'keyway';
      await using vault = await openKeyManager('memory:');
      console.log(vault.provider);
    `);
    expect(run.output.trim()).toBe('local');
    expect(ofProviders(run.modules).some((url) => url.endsWith('/providers/local/src/index.ts'))).toBe(true);
  });
});

describe('opening a vault whose package is not installed', () => {
  it('says so with the line that installs it, for each vendor', async () => {
    const run = await runNode(`
      import { openKeyManager } from 'keyway';
      for (const uri of ['azurekv://v.vault.azure.net', 'gcpkms://projects/p', 'pkcs11:token=t']) {
        await openKeyManager(uri).catch((error) => console.log(error.code, error.provider, error.message));
      }
    `);
    expect(run.output.trim().split('\n')).toEqual(
      ['azure-key-vault', 'gcp-kms', 'pkcs11'].map((name) => {
        const message = `The package @keyway/${name} is not installed: npm install @keyway/${name}`;
        return `ERR_UNSUPPORTED ${name} ${message}`;
      }),
    );
  });

  it('is told from a package that is installed and lacks another package, or a file of its own', async () => {
    const run = await runNode(`
      import { openKeyManager } from 'keyway';
      for (const lacking of ['vendor-sdk', 'file:///nowhere/index.js']) {
        const broken = {
          provider: 'broken',
          schemes: ['broken'],
          packageName: '@example/broken',
          load: () => import(lacking),
        };
        await openKeyManager('broken:', { providers: [broken] }).catch((error) => {
          console.log(error.code, error.message, error.cause.code);
        });
      }
    `);
    const line =
      'ERR_UNAVAILABLE The package @example/broken is installed but does not load ERR_MODULE_NOT_FOUND';
    expect(run.output.trim().split('\n')).toEqual([line, line]);
  });
});
