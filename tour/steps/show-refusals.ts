import { isKeyManagerError } from 'keyway';
import { expectThat } from '../step.ts';
import type { Step } from '../step.ts';

/** The code with which a call is refused. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'not refused';
  } catch (error) {
    if (!isKeyManagerError(error)) throw error;
    return error.code;
  }
}

/** Disables and expires a key, and shows what is refused then and what is not. */
export const showRefusals: Step = {
  title: 'Disable and expire a key',
  async run({ vault, say, read }) {
    const data = read('package.json');
    await vault.createEcKey('short-lived');
    const client = await vault.getCryptographyClient('short-lived');
    const { signature } = await client.signData('ES256', data);

    await vault.updateKeyProperties('short-lived', { enabled: false });
    const disabled = await refusal(client.signData('ES256', data));
    say(
      `Disabled: sign is refused with ${disabled}, verify with ${await refusal(client.verifyData('ES256', data, signature))}`,
    );

    await vault.updateKeyProperties('short-lived', {
      enabled: true,
      expiresOn: new Date(Date.now() - 60_000),
    });
    const expired = await refusal(client.signData('ES256', data));
    const { result } = await client.verifyData('ES256', data, signature);
    say(`Expired: sign is refused with ${expired}, verify says ${result}`);

    await vault.updateKeyProperties('short-lived', { expiresOn: null, keyOperations: ['verify'] });
    const notPermitted = await refusal(client.signData('ES256', data));
    say(`Operations reduced to verify: sign is refused with ${notPermitted}`);

    expectThat(
      [disabled, expired, notPermitted].join() ===
        'ERR_KEY_DISABLED,ERR_KEY_EXPIRED,ERR_OPERATION_NOT_PERMITTED' && result,
      'the key-state table decides',
    );
  },
};
