import { algorithmMisfit, findAlgorithm } from '../algorithms.ts';
import type { AlgorithmRow } from '../algorithms.ts';
import { checkFlag, checkMember, checkText } from '../arguments.ts';
import { invalidArgument } from '../errors.ts';
import { curves, familyOf, isHardwareKeyType, keyTypes, octKeySizes, rsaKeySizes } from '../key-types.ts';
import type { KeyCurveName, KeyFamily, KeyType } from '../key-types.ts';
import type { KeyShapeOptions, NewVersionOptions } from '../models.ts';

/** What a key is, before anything is made. */
export interface Shape {
  readonly keyType: KeyType;
  readonly curve: KeyCurveName | undefined;
  readonly size: number | undefined;
  readonly algorithm: AlgorithmRow | undefined;
}

/** The key type with the wish for hardware in it. */
export function resolveKeyType(keyType: unknown, hardwareProtected: unknown): KeyType {
  const type = checkMember(keyType, keyTypes, 'keyType');
  const hardware = checkFlag(hardwareProtected, 'options.hardwareProtected');
  if (hardware === false && isHardwareKeyType(type)) {
    throw invalidArgument(`hardwareProtected: false contradicts key type ${type}`);
  }
  return hardware === true && !isHardwareKeyType(type) ? (`${type}-HSM` as KeyType) : type;
}

/** The algorithm that a key is to be restricted to. */
export function resolveAlgorithm(algorithm: unknown): AlgorithmRow | undefined {
  if (algorithm === undefined) return undefined;
  const row = findAlgorithm(checkText(algorithm, 'options.algorithm'));
  if (row === undefined) throw invalidArgument('options.algorithm is not an algorithm of the contract');
  return row;
}

function resolveCurve(
  family: KeyFamily,
  options: KeyShapeOptions,
  row: AlgorithmRow | undefined,
): KeyCurveName | undefined {
  if (family !== 'EC' && family !== 'OKP') {
    if (options.curve !== undefined) throw invalidArgument(`A key of type ${family} has no curve`);
    return undefined;
  }
  const known = Object.values(curves).filter((curve) => curve.family === family);
  const bySize = known.find((curve) => curve.bits === options.size);
  const byAlgorithm = row?.kind === 'signature' ? row.curve : undefined;
  const standard = family === 'EC' ? 'P-256' : 'Ed25519';
  const name =
    options.curve ?? bySize?.name ?? (options.size === undefined ? (byAlgorithm ?? standard) : undefined);
  const curve = known.find((candidate) => candidate.name === name);
  if (curve === undefined)
    throw invalidArgument(
      `The curve of a key of type ${family} is one of ${known.map((each) => each.name).join(', ')}`,
    );
  if (options.size !== undefined && options.size !== curve.bits) {
    throw invalidArgument(`options.size contradicts options.curve: ${curve.name} has ${curve.bits} bits`);
  }
  return curve.name;
}

function resolveSize(family: KeyFamily, size: unknown, row: AlgorithmRow | undefined): number | undefined {
  if (family === 'EC' || family === 'OKP') return undefined;
  if (family === 'AKP') {
    if (size !== undefined) throw invalidArgument('A key of type AKP has no size: its algorithm says it all');
    return undefined;
  }
  if (size !== undefined && typeof size !== 'number') throw new TypeError('options.size must be a number');
  const wanted = row?.kind === 'encryption' ? row.size : row?.minSize;
  const number = size ?? (family === 'RSA' ? 2048 : (wanted ?? 256));
  const sizes = family === 'RSA' ? rsaKeySizes : octKeySizes;
  if (!sizes.includes(number)) throw invalidArgument(`options.size must be one of ${sizes.join(', ')}`);
  return number;
}

/** Works out what key is asked for. */
export function resolveShape(keyType: KeyType, options: KeyShapeOptions & NewVersionOptions): Shape {
  const family = familyOf(keyType);
  const algorithm = resolveAlgorithm(options.algorithm);
  const curve = resolveCurve(family, options, algorithm);
  const size = resolveSize(family, options.size, algorithm);
  return checkShape({ keyType, curve, size, algorithm });
}

/** Checks that the algorithm fits the key. */
export function checkShape(shape: Shape): Shape {
  const { keyType, curve, size, algorithm } = shape;
  const family = familyOf(keyType);
  if (algorithm === undefined) {
    if (family === 'AKP') throw invalidArgument('A key of type AKP needs options.algorithm');
    return shape;
  }
  const misfit = algorithmMisfit(algorithm, { family, curve, size, parameterSet: algorithm.name });
  if (misfit !== undefined) throw invalidArgument(misfit);
  return shape;
}
