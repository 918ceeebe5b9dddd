import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import pkcs11js from 'pkcs11js';
import { createDescribe } from '../src/token-report.ts';
import { doctorVault, whats } from './doctor-vault.ts';
import { testToken } from './test-vault.ts';

test('neither what is found nor the description has the PIN or a key in it', async () => {
  const value = Buffer.from('a-secret-value-that-nobody-prints');
  const { token, pin } = await testToken();
  const opened = await doctorVault('softhsm2', { token });
  const key = opened.bare.create({
    [pkcs11js.CKA_CLASS]: pkcs11js.CKO_SECRET_KEY,
    [pkcs11js.CKA_KEY_TYPE]: pkcs11js.CKK_GENERIC_SECRET,
    [pkcs11js.CKA_TOKEN]: true,
    [pkcs11js.CKA_PRIVATE]: false,
    [pkcs11js.CKA_SENSITIVE]: false,
    [pkcs11js.CKA_EXTRACTABLE]: true,
    [pkcs11js.CKA_LABEL]: 'readable',
    [pkcs11js.CKA_ID]: Buffer.from(opened.namespace),
    [pkcs11js.CKA_VALUE]: value,
  });
  const findings = await opened.examine();
  expect(whats(findings)).toEqual(['key-extractable', 'key-public', 'key-readable']);
  const printed = inspect([findings, await createDescribe(opened.vault)()], { depth: 10 });
  const forms = ['utf8', 'hex', 'base64'] as const;
  for (const form of forms) expect(printed).not.toContain(value.toString(form));
  expect(printed).not.toContain(pin);
  opened.bare.destroy(key);
  await opened.end();
});
