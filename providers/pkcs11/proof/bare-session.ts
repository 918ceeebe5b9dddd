import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { SoftToken } from '@keyway/conformance/emulators';
import pkcs11js from 'pkcs11js';

const { PKCS11, ...constants } = pkcs11js;

/** How many signatures are made in one go, for how long, and of what. */
export interface SynchronousLoad {
  readonly callers: number;
  readonly seconds: number;
  readonly data: Uint8Array;
}

/** Runs with a session in this thread. The module must be initialised, and the user logged in: both hold for the process. */
async function withSession<Result>(
  token: SoftToken,
  run: (library: pkcs11js.PKCS11, session: pkcs11js.Handle) => Promise<Result> | Result,
): Promise<Result> {
  const library = new PKCS11();
  library.load(token.module);
  const slot = library
    .C_GetSlotList(true)
    .find((each) => library.C_GetTokenInfo(each).label.trim() === token.label);
  if (slot === undefined) throw new Error('There is no such token');
  const session = library.C_OpenSession(slot, constants.CKF_SERIAL_SESSION | constants.CKF_RW_SESSION);
  try {
    return await run(library, session);
  } finally {
    library.C_CloseSession(session);
  }
}

/** Signs with RS256 by pkcs11js, as many signatures in each turn of the event loop as there are callers. */
export function runSynchronously(
  token: SoftToken,
  { callers, seconds, data }: SynchronousLoad,
): Promise<void> {
  return withSession(token, async (library, session) => {
    library.C_FindObjectsInit(session, [
      { type: constants.CKA_CLASS, value: constants.CKO_PRIVATE_KEY },
      { type: constants.CKA_KEY_TYPE, value: constants.CKK_RSA },
    ]);
    const [key] = library.C_FindObjects(session, 1);
    library.C_FindObjectsFinal(session);
    if (key === undefined) throw new Error('There is no key');
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      for (let caller = 0; caller < callers; caller++) {
        library.C_SignInit(session, { mechanism: constants.CKM_SHA256_RSA_PKCS }, key);
        library.C_Sign(session, Buffer.from(data), Buffer.alloc(256));
      }
      await setImmediate();
    }
  });
}

/** Puts so many secret keys on a token that are somebody else's. */
export function addSecretKeys(token: SoftToken, count: number): Promise<void> {
  return withSession(token, (library, session) => {
    for (let index = 0; index < count; index++) {
      library.C_CreateObject(session, [
        { type: constants.CKA_CLASS, value: constants.CKO_SECRET_KEY },
        { type: constants.CKA_KEY_TYPE, value: constants.CKK_GENERIC_SECRET },
        { type: constants.CKA_TOKEN, value: true },
        { type: constants.CKA_PRIVATE, value: false },
        { type: constants.CKA_LABEL, value: `other ${index}` },
        { type: constants.CKA_ID, value: randomBytes(16) },
        { type: constants.CKA_VALUE, value: randomBytes(16) },
      ]);
    }
  });
}
