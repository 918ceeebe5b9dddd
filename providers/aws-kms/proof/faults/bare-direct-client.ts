import type { KMS } from '@aws-sdk/client-kms';
import type { KmsClient } from '../../src/client.ts';

/** What the judge asks, in the SDK's form, of a KMS in this process. */
export function bareDirectClient(kms: KmsClient): Pick<KMS, 'send' | 'createKey' | 'deleteAlias'> {
  const operations = kms as object as Readonly<Record<string, (input: object) => Promise<object>>>;
  const send = async (command: object): Promise<object> => {
    const name = command.constructor.name.replace(/Command$/, '');
    const run = operations[name.charAt(0).toLowerCase() + name.slice(1)];
    if (run === undefined) throw new TypeError(`Our own KMS has no ${name}`);
    return run((command as { readonly input: object }).input);
  };
  const { createKey, deleteAlias } = kms;
  return { send, createKey, deleteAlias } as object as Pick<KMS, 'send' | 'createKey' | 'deleteAlias'>;
}
