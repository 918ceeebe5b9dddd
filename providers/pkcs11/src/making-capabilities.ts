import { curves, octKeySizes, rsaKeySizes } from '@keyway/core/driver';
import type { CapabilityRow, KeyFamily } from '@keyway/core/driver';
import { emulated, refused, unsupported } from './algorithm-capabilities.ts';
import type { Statement } from './algorithm-capabilities.ts';
import { formOf, works } from './token-features.ts';
import type { FeatureName, MaterialKind, TokenFeatures } from './token-features.ts';

/** What the opener decides about. */
export interface CapabilitySettings {
  /** Whether the store of the records has a compare-and-set. */
  readonly atomic: boolean;
  /** Whether the opener says that the token is hardware: no token proves it. */
  readonly hardware: boolean;
  /** Whether keys may come in as plain attributes. */
  readonly plainImport: boolean;
}

type Making = 'createKey' | 'importKey';

/** What a token needs for a kind of key to be made or brought in; the first that works is the way. */
function waysOf(
  operation: Making,
  material: MaterialKind,
  size: number | undefined,
  { plainImport }: CapabilitySettings,
): readonly FeatureName[] {
  if (operation === 'importKey') {
    const unwrap = `unwrap ${material}` as const;
    return plainImport ? [unwrap, `create ${material}`] : [unwrap];
  }
  if (material === 'AES') return [`make AES-${size as 128 | 192 | 256}`];
  return [`make ${material}`];
}

function statementFor(
  operation: Making,
  material: MaterialKind,
  size: number | undefined,
  features: TokenFeatures,
  settings: CapabilitySettings,
): Statement {
  const ways = waysOf(operation, material, size, settings);
  if (ways.some((name) => works(features, name))) return emulated;
  const plain = operation === 'importKey' && works(features, `create ${material}`);
  const [first] = ways;
  return refused(features, first ?? `make RSA`, plain ? 'the option plainImport' : undefined);
}

/** Whether a size in bits is within `least-most`. */
function isWithin(form: string | undefined, size: number): boolean {
  const [least = 0, most = 0] = (form ?? '').split('-').map(Number);
  return size >= least && size <= most;
}

/** One kind of key with what is said of it. */
type Shape = Pick<CapabilityRow, 'size' | 'curve'> & {
  readonly family: KeyFamily;
  readonly statement: Statement;
};

function rsaShapes(
  operation: Making,
  features: TokenFeatures,
  settings: CapabilitySettings,
): readonly Shape[] {
  const sizes = formOf(features, 'make RSA');
  return rsaKeySizes.map((size): Shape => {
    const fits = sizes === undefined || isWithin(sizes, size);
    const note = `The token makes RSA keys of ${sizes} bits`;
    const statement = fits
      ? statementFor(operation, 'RSA', size, features, settings)
      : { ...unsupported, note };
    return { family: 'RSA', size, statement };
  });
}

/** A symmetric key of up to 256 bits is an AES or an HMAC key; it can be had where either can. */
function octShapes(
  operation: Making,
  features: TokenFeatures,
  settings: CapabilitySettings,
): readonly Shape[] {
  return octKeySizes.map((size): Shape => {
    const aes = size <= 256 ? statementFor(operation, 'AES', size, features, settings) : undefined;
    if (aes?.support === 'emulated') return { family: 'oct', size, statement: aes };
    const mac = statementFor(operation, 'HMAC', size, features, settings);
    const fits = operation === 'importKey' || isWithin(formOf(features, 'make HMAC'), size);
    const note = `The token makes HMAC keys of ${formOf(features, 'make HMAC')} bits`;
    return {
      family: 'oct',
      size,
      statement: mac.support === 'unsupported' || fits ? mac : { ...unsupported, note },
    };
  });
}

function shapes(operation: Making, features: TokenFeatures, settings: CapabilitySettings): readonly Shape[] {
  const noMlDsa = features['sign ML-DSA-44'];
  return [
    ...rsaShapes(operation, features, settings),
    ...Object.values(curves).map(({ family, name }): Shape => ({
      family,
      curve: name,
      statement: statementFor(operation, name, undefined, features, settings),
    })),
    ...octShapes(operation, features, settings),
    {
      family: 'AKP',
      statement: { ...unsupported, note: noMlDsa.works ? '' : noMlDsa.reason, alternative: 'ES256' },
    },
  ];
}

/** Making keys. A key type stands for itself and, where the opener says that the token is hardware, for its `-HSM` form. */
export function makingRows(
  operation: Making,
  features: TokenFeatures,
  settings: CapabilitySettings,
): readonly CapabilityRow[] {
  const note = 'Whoever opened this vault did not say that its token is hardware';
  const alternative = 'the option hardware, where the token is hardware';
  return shapes(operation, features, settings).flatMap(({ family, statement, ...shape }): CapabilityRow[] => [
    { operation, keyType: family, hardware: false, ...shape, ...statement },
    {
      operation,
      keyType: `${family}-HSM`,
      hardware: true,
      ...shape,
      ...(settings.hardware || statement.support === 'unsupported'
        ? statement
        : { ...unsupported, note, alternative }),
    },
  ]);
}
