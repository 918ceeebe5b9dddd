import { createRequire } from 'node:module';
import type * as pkcs11 from 'pkcs11js';
import { Refusal } from './refusal.ts';
import { returnValueOf, TokenError } from './return-values.ts';

const require = createRequire(import.meta.url);

const remedy =
  'Install graphene-pk11 and pkcs11js; pkcs11js compiles itself, for which it needs Python, make and a C++ compiler, ' +
  'and a package manager that lets it run its install script (pnpm: allowBuilds)';

/** Loads one of the two optional packages. */
export function requireBinding(name: 'pkcs11js' | 'graphene-pk11'): unknown {
  try {
    return require(name);
  } catch (error) {
    const missing = (error as { readonly code?: unknown }).code === 'MODULE_NOT_FOUND';
    const unbuilt = missing && /pkcs11\.node/u.test((error as Error).message);
    const state = unbuilt ? 'is not built' : missing ? 'is not installed' : 'cannot be loaded by this Node';
    const which = unbuilt || name === 'pkcs11js' ? 'pkcs11js' : name;
    throw new Refusal('ERR_UNSUPPORTED', `The package ${which} ${state}. ${remedy}`);
  }
}

function whyNot(message: string): string {
  if (/C_GetFunctionList/u.test(message)) return 'it is not a PKCS#11 library';
  if (/wrong ELF class|incompatible architecture|not a valid Win32/u.test(message))
    return 'it is made for another processor architecture';
  if (/invalid ELF header|file too short|not a mach-o/iu.test(message)) return 'it is not a library';
  return message;
}

/** Loads the vendor's library into this thread. The object must be kept: the library is unloaded with it. */
export function loadModule(path: string): pkcs11.PKCS11 {
  const { PKCS11 } = requireBinding('pkcs11js') as typeof pkcs11;
  const module = new PKCS11();
  try {
    module.load(path);
  } catch (error) {
    const ckr = returnValueOf(error);
    if (ckr !== undefined) throw new TokenError(ckr, 'C_GetFunctionList');
    const message = error instanceof Error ? error.message : '';
    throw new Refusal('ERR_INVALID_ARGUMENT', `The module cannot be loaded: ${whyNot(message)}`);
  }
  return module;
}

/** CKF_OS_LOCKING_OK: threads of this process share the module. */
const osLocking = 2;
const alreadyInitialised = 0x191;
const argumentsBad = 0x07;

/** Initialises the module. Gives false where somebody in this process has done so before. */
export function initialiseModule(module: pkcs11.PKCS11, libraryParameters: string | undefined): boolean {
  try {
    // The binding cuts off the last character of the parameters.
    const parameters = libraryParameters === undefined ? {} : { libraryParameters: `${libraryParameters} ` };
    module.C_Initialize({ flags: osLocking, ...parameters });
    return true;
  } catch (error) {
    const ckr = returnValueOf(error);
    if (ckr === alreadyInitialised) return false;
    if (ckr === argumentsBad && libraryParameters === undefined)
      throw new Refusal(
        'ERR_INVALID_ARGUMENT',
        'The module refuses to be initialised without arguments. Give the ones that its vendor names',
      );
    throw ckr === undefined ? error : new TokenError(ckr, 'C_Initialize');
  }
}
