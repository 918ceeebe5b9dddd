import { invalidArgument } from '@keyway/core/driver';
import { findModule } from './find-module.ts';
import type { Pkcs11Options } from './options.ts';
import { pinFromFile, pinFromMemory } from './pin-source.ts';
import type { PinSource, TokenFacts, TokenLocation } from './token/token.ts';

/** What asks for the PIN, where options name one. */
function pinSourceOf({ pin, pinFile }: Pkcs11Options): PinSource | undefined {
  if (pinFile !== undefined) return pinFromFile(pinFile);
  if (pin === undefined) return undefined;
  return typeof pin === 'function' ? pin : pinFromMemory(pin);
}

/** What checked options say of the token to open. */
export function tokenLocationOf(options: Pkcs11Options): TokenLocation {
  const { libraryParameters, slotId, token, serial, manufacturer, model, workers, maxQueue } = options;
  const module = findModule({ path: options.module, name: options.moduleName });
  const names = { slotId, label: token, serial, manufacturer, model };
  return { module, libraryParameters, ...names, pin: pinSourceOf(options), workers, maxQueue };
}

/**
 * Checks what options say of slot and library against what they are.
 *
 * @throws ERR_INVALID_ARGUMENT where something does not fit.
 */
export function checkFacts(options: Pkcs11Options, facts: TokenFacts): void {
  const { libraryVersion: wanted } = options;
  const pairs = {
    slotDescription: [options.slotDescription, facts.slotDescription],
    libraryManufacturer: [options.libraryManufacturer, facts.module.manufacturer],
    libraryDescription: [options.libraryDescription, facts.module.description],
    libraryVersion: [wanted && `${wanted.major}.${wanted.minor}`, facts.module.version],
  } as const;
  for (const [name, [given, found]] of Object.entries(pairs)) {
    if (given !== undefined && given !== found) {
      throw invalidArgument(`${name} is given, and the one that is there is another`);
    }
  }
}
