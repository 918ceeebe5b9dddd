import { createDecipheriv, createHash, hkdfSync, scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeContent, encodeContent } from '../src/backup-content.ts';
import type { BackupContent } from '../src/backup-content.ts';
import { readBackup, writeBackup } from '../src/backup-format.ts';
import { parseBackupHeader } from '../src/backup-header.ts';

const failsWith = (code: string, message?: string): unknown =>
  expect.objectContaining({ code, ...(message === undefined ? {} : { message }) });

const dataKeys = new Map([
  ['first', new Uint8Array(32).fill(1)],
  ['second', new Uint8Array(32).fill(2)],
]);
const keys = { dataKeys, current: 'second' };
const content: BackupContent = {
  name: 'payments',
  versions: [
    { record: '["v1",null,"{}"]', material: Uint8Array.from([1, 2, 3]) },
    { record: 'zwei ✓', material: new Uint8Array(120).fill(9) },
  ],
  current: 'v1',
  policy: '{"expiresIn":"P90D"}',
};

/** The header of a backup with other text in it, under a right sum. */
function header(text: string, version = 1): Uint8Array {
  const octets = Buffer.concat([
    Buffer.from('KWLB'),
    Buffer.of(version, text.length >> 8, text.length & 255),
    Buffer.from(text),
  ]);
  return Buffer.concat([
    octets,
    createHash('sha256').update(octets).digest().subarray(0, 16),
    Buffer.alloc(64),
  ]);
}

describe('a backup under a backup key', () => {
  let backup: Uint8Array;
  beforeAll(async () => {
    backup = await writeBackup(content, keys);
  });

  test('holds everything', async () => {
    expect(await readBackup(backup, keys)).toEqual(content);
    const { policy: _, ...bare } = content;
    expect(await readBackup(await writeBackup(bare, keys), keys)).toEqual(bare);
  });

  test('begins with its magic and version, and names its key', () => {
    expect(Buffer.from(backup.subarray(0, 5))).toEqual(Buffer.from('KWLB\u0001'));
    expect(parseBackupHeader(backup).method).toEqual({ key: 'second' });
  });

  test('is AES-256-GCM over length, outline and materials, as an independent reading shows', () => {
    const start = 7 + (backup[6] ?? 0) + 16;
    const sealed = backup.subarray(start);
    const decipher = createDecipheriv('aes-256-gcm', new Uint8Array(32).fill(2), sealed.subarray(1, 13), {
      authTagLength: 16,
    });
    decipher.setAAD(backup.subarray(0, start));
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(13, -16)), decipher.final()]);
    const outline = JSON.parse(plain.subarray(4, 4 + plain.readUInt32BE(0)).toString()) as { name: string };
    expect(outline.name).toBe('payments');
    expect(plain.subarray(-123, -120)).toEqual(Buffer.of(1, 2, 3));
  });

  test('opens with an earlier key too, where that one sealed it', async () => {
    const earlier = await writeBackup(content, { ...keys, current: 'first' });
    expect(await readBackup(earlier, { ...keys, passphrase: 'not needed' })).toEqual(content);
  });

  test('leaves the given keys as they are', () => {
    expect(dataKeys.get('second')).toEqual(new Uint8Array(32).fill(2));
  });

  test('shows no name, record or material', () => {
    const text = Buffer.from(backup).toString('latin1');
    for (const part of ['payments', 'v1', 'P90D', '\t\t\t\t']) expect(text).not.toContain(part);
  });

  test('with any octet changed is ERR_INTEGRITY', async () => {
    for (let at = 0; at < backup.length; at += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const changed = Uint8Array.from(backup);
        changed[at] = (changed[at] ?? 0) ^ flip;
        await expect(readBackup(changed, keys), `octet ${at}`).rejects.toThrow(failsWith('ERR_INTEGRITY'));
      }
    }
  });

  test('cut anywhere is refused: ERR_INTEGRITY, or no backup where not even the magic is left', async () => {
    for (let length = 0; length < backup.length; length += 1) {
      const code = length < 3 ? 'ERR_INVALID_ARGUMENT' : 'ERR_INTEGRITY';
      await expect(readBackup(backup.subarray(0, length), keys), `${length} octets`).rejects.toThrow(
        failsWith(code),
      );
    }
  });

  test('with an octet more is ERR_INTEGRITY', async () => {
    await expect(readBackup(Uint8Array.of(...backup, 0), keys)).rejects.toThrow(failsWith('ERR_INTEGRITY'));
  });

  test('of another vault is ERR_INTEGRITY, and says so', async () => {
    const other = { dataKeys: new Map([['third', new Uint8Array(32)]]), current: 'third' };
    const refused = failsWith('ERR_INTEGRITY', 'The backup was made by another vault');
    await expect(readBackup(backup, other)).rejects.toThrow(refused);
    await expect(readBackup(backup, { passphrase: 'text' })).rejects.toThrow(refused);
  });

  test('under another key of the same id is ERR_INTEGRITY', async () => {
    const other = { dataKeys: new Map([['second', new Uint8Array(32)]]), current: 'second' };
    await expect(readBackup(backup, other)).rejects.toThrow(failsWith('ERR_INTEGRITY'));
  });

  test('needs a key that is there, with an id, and at least one version', async () => {
    await expect(writeBackup(content, { ...keys, current: 'third' })).rejects.toThrow(
      failsWith('ERR_INTEGRITY'),
    );
    await expect(writeBackup(content, { ...keys, current: '"' })).rejects.toThrow(
      failsWith('ERR_INVALID_ARGUMENT'),
    );
    await expect(writeBackup({ ...content, versions: [] }, keys)).rejects.toThrow(
      failsWith('ERR_INVALID_ARGUMENT'),
    );
  });
});

describe('a backup under a passphrase', () => {
  const passphrase = 'canary-passphrase-55120';
  let backup: Uint8Array;
  beforeAll(async () => {
    backup = await writeBackup(content, { passphrase });
  });

  test('opens with it, in any vault', async () => {
    expect(await readBackup(backup, { passphrase })).toEqual(content);
    const octets = new TextEncoder().encode(passphrase);
    expect(await readBackup(backup, { ...keys, passphrase: octets })).toEqual(content);
  });

  test('uses scrypt with the stored parameters, as an independent reading shows', () => {
    const length = backup[6] ?? 0;
    const stored = JSON.parse(Buffer.from(backup.subarray(7, 7 + length)).toString()) as {
      n: number;
      r: number;
      p: number;
      salt: string;
    };
    expect(stored).toMatchObject({ n: 131_072, r: 8, p: 1 });
    const salt = Buffer.from(stored.salt, 'base64url');
    const root = scryptSync(passphrase, salt, 32, { N: stored.n, r: stored.r, p: stored.p, maxmem: 2 ** 28 });
    const key = new Uint8Array(hkdfSync('sha256', root, '', 'keyway-local backup passphrase 1', 32));
    const start = 7 + length + 16;
    const decipher = createDecipheriv('aes-256-gcm', key, backup.subarray(start + 1, start + 13), {
      authTagLength: 16,
    });
    decipher.setAAD(backup.subarray(0, start));
    decipher.setAuthTag(backup.subarray(-16));
    decipher.update(backup.subarray(start + 13, -16));
    expect(() => decipher.final()).not.toThrow();
  });

  test('is ERR_INTEGRITY under another one, and says no more', async () => {
    const error = await readBackup(backup, { passphrase: 'another' }).catch((caught: unknown) => caught);
    expect(error).toEqual(
      failsWith('ERR_INTEGRITY', 'The data is damaged, forged or was made with another key'),
    );
    expect(`${String(error)}${(error as Error).stack}`).not.toContain(passphrase);
  });

  test('asks for a passphrase where there is none', async () => {
    await expect(readBackup(backup, keys)).rejects.toThrow(failsWith('ERR_UNAUTHENTICATED'));
  });

  test('with any octet of its header changed is ERR_INTEGRITY, before any work', () => {
    for (let at = 0; at < 7 + (backup[6] ?? 0) + 16; at += 1) {
      const changed = Uint8Array.from(backup);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => parseBackupHeader(changed), `octet ${at}`).toThrow(failsWith('ERR_INTEGRITY'));
    }
  });

  test.each([
    ['N above 2^20', '{"n":2097152,"r":8,"p":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA"}'],
    ['weak parameters', '{"n":2,"r":8,"p":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA"}'],
    ['a short salt', '{"n":131072,"r":8,"p":1,"salt":"AAAA"}'],
    ['a number as text', '{"n":"131072","r":8,"p":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA"}'],
    ['members in another order', '{"r":8,"n":131072,"p":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA"}'],
    ['an unknown member', '{"key":"second","more":1}'],
    ['an id that is none', '{"key":"a b"}'],
    ['no object', 'null'],
    ['no JSON', '{'],
    ['nothing', ''],
  ])('with %s in its header, even under a right sum, is ERR_INTEGRITY', (_, text) => {
    expect(() => parseBackupHeader(header(text))).toThrow(failsWith('ERR_INTEGRITY'));
  });
});

test('a backup of a later version is ERR_UNSUPPORTED', () => {
  expect(() => parseBackupHeader(header('whatever comes', 2))).toThrow(failsWith('ERR_UNSUPPORTED'));
});

test('something else is no backup', async () => {
  const others: unknown[] = [
    new Uint8Array(),
    Buffer.from('{"value":"text"}'),
    Buffer.from('KW'),
    'KWLB',
    undefined,
    7,
  ];
  for (const other of others) {
    await expect(readBackup(other as Uint8Array, keys)).rejects.toThrow(failsWith('ERR_INVALID_ARGUMENT'));
  }
});

const contents: fc.Arbitrary<BackupContent> = fc.record(
  {
    name: fc.string(),
    versions: fc.array(fc.record({ record: fc.string(), material: fc.uint8Array({ maxLength: 80 }) }), {
      minLength: 1,
      maxLength: 6,
    }),
    current: fc.string(),
    policy: fc.string(),
  },
  { requiredKeys: ['name', 'versions', 'current'] },
);

test('every content comes back, and has one encoding only', () => {
  fc.assert(
    fc.property(contents, (given) => {
      const octets = encodeContent(given);
      const read = decodeContent(octets);
      expect(read).toEqual({ ...given });
      expect(encodeContent(read)).toEqual(octets);
    }),
  );
});

test('sealed octets that are no content are ERR_INTEGRITY', () => {
  const framed = (text: string): Uint8Array => {
    const octets = Buffer.concat([Buffer.alloc(4), Buffer.from(text)]);
    octets.writeUInt32BE(octets.length - 4);
    return octets;
  };
  const version = '{"record":"","length":0}';
  const texts = [
    'null',
    '{}',
    '{"name":"n","current":"c","versions":[]}',
    `{"name":1,"current":"c","versions":[${version}]}`,
    `{"name":"n","current":"c","policy":1,"versions":[${version}]}`,
    '{"name":"n","current":"c","versions":[null]}',
    '{"name":"n","current":"c","versions":[{"record":"","length":-1}]}',
    '{"name":"n","current":"c","versions":[{"record":"","length":1}]}',
    '{"name":"n","current":"c","versions":[{"record":"","length":1},{"record":"","length":-1}]}',
    `{"name":"n","current":"c","versions":[${version}],"more":1}`,
    ` {"name":"n","current":"c","versions":[${version}]}`,
  ];
  for (const text of texts)
    expect(() => decodeContent(framed(text)), text).toThrow(failsWith('ERR_INTEGRITY'));
  expect(() => decodeContent(framed(`{"name":"n","current":"c","versions":[${version}]}`))).not.toThrow();
  const encoded = encodeContent({
    name: 'n',
    current: 'c',
    versions: [{ record: '', material: Uint8Array.of(1) }],
  });
  expect(() => decodeContent(encoded.subarray(0, -1))).toThrow(failsWith('ERR_INTEGRITY'));
  expect(() => decodeContent(Uint8Array.of(...encoded, 0))).toThrow(failsWith('ERR_INTEGRITY'));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
      expect(() => decodeContent(octets)).toThrow(failsWith('ERR_INTEGRITY'));
    }),
  );
});
