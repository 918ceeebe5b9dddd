import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPkcs11 } from '../src/open-pkcs11.ts';
import type { Pkcs11KeyManager } from '../src/open-pkcs11.ts';
import type { Fault } from '../proof/shim/fault-script.ts';
import { tokenInfoOctets } from '../proof/shim/fault-script.ts';
import { formatPkcs11Uri } from '../src/uri/format-pkcs11-uri.ts';
import { faultyToken } from './fixtures/faulty-token.ts';
import type { FaultyToken } from './fixtures/faulty-token.ts';

let faulty: FaultyToken;
let uri: string;
let cache: string;
const opened: Pkcs11KeyManager[] = [];

/** What C_GetTokenInfo says from now on is another octet: of the serial number, or behind it. */
const another = (octet: number): Fault => ({
  function: 'C_GetTokenInfo',
  when: 'after',
  action: { do: 'flip', octet },
});
const otherSerial = another(0);
const otherFirmware = another(tokenInfoOctets.firmwareMinor);
const otherMechanisms: Fault = { function: 'C_GetMechanismList', when: 'after', action: { do: 'flip' } };
/** The next use finds the token gone, and looks for it. */
const gone: Fault = { function: 'C_SignInit', when: 'before', calls: 1, action: { do: 'fail', ckr: 0xe0 } };

async function open(): Promise<Pkcs11KeyManager> {
  const { token } = faulty;
  const vault = await openPkcs11(uri, {
    module: faulty.faults.module,
    pin: token.pin,
    probeCache: cache,
    workers: 1,
  });
  opened.push(vault);
  return vault;
}

const sign = async (vault: Pkcs11KeyManager): Promise<number> => {
  const client = await vault.getCryptographyClient('k');
  return (await client.signData('ES256', Buffer.from('data'))).signature.length;
};

/** Pairs that the token was asked to make so far: probing makes many. */
const made = (): number =>
  faulty.faults.calls().filter((call) => call.function === 'C_GenerateKeyPair').length;

beforeAll(async () => {
  faulty = await faultyToken();
  cache = join(faulty.token.folder, 'probes.json');
  uri = formatPkcs11Uri({ token: faulty.token.label });
  const vault = await open();
  await vault.createKey('k', 'EC', { curve: 'P-256' });
  const report = await vault.pkcs11.describe();
  uri = formatPkcs11Uri({ token: faulty.token.label, serial: report.token.serial });
});

afterEach(async () => {
  faulty.faults.setFaults([]);
  for (const vault of opened.splice(0)) await vault.close();
});

describe('a token of another serial number behind the same URI', () => {
  it('is not opened: the token is not there', async () => {
    faulty.faults.setFaults([otherSerial]);
    await expect(open()).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
  });

  it('in the place of an open one is not used, and the first is, once it is back', async () => {
    const vault = await open();
    expect(await sign(vault)).toBe(64);
    faulty.faults.setFaults([gone, otherSerial]);
    await expect(sign(vault)).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    faulty.faults.setFaults([]);
    expect(await sign(vault)).toBe(64);
  });
});

describe('a token of another firmware', () => {
  it('in the place of an open one closes the vault, with the reason', async () => {
    const vault = await open();
    expect(await sign(vault)).toBe(64);
    faulty.faults.setFaults([gone, otherFirmware]);
    await expect(sign(vault)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    faulty.faults.setFaults([]);
    const error = await sign(vault).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_CLOSED' });
    expect((error as Error).message).toMatch(/firmware of the token has changed from .* to /u);
  });

  it('is found by the doctor, while nothing has noticed yet', async () => {
    const vault = await open();
    expect(await vault.pkcs11.doctor({ probes: false })).toEqual([]);
    faulty.faults.setFaults([otherFirmware]);
    expect(await vault.pkcs11.doctor({ probes: false })).toMatchObject([
      { severity: 'error', what: 'token-changed' },
    ]);
    faulty.faults.setFaults([another(tokenInfoOctets.pinCountLow)]);
    expect(await vault.pkcs11.doctor({ probes: false })).toMatchObject([{ what: 'pin-count-low' }]);
  });
});

describe('the probe cache', () => {
  it.each([
    ['another firmware', otherFirmware],
    ['another list of mechanisms', otherMechanisms],
  ])('is not believed of a token with %s, which is probed anew', async (_what, fault) => {
    await open();
    const known = await readFile(cache, 'utf8');
    const before = made();
    faulty.faults.setFaults([fault]);
    await open().then((vault) => vault.close());
    expect(made() - before).toBeGreaterThan(5);
    expect(await readFile(cache, 'utf8')).not.toBe(known);
    // And then it is, of the very same token.
    const after = made();
    await open();
    expect(made()).toBe(after);
  });
});
