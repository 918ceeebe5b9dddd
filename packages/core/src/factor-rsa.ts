/** The two factors of an RSA modulus, the larger one first. */
export interface RsaFactors {
  readonly p: bigint;
  readonly q: bigint;
}

/** From the highest bit down, so that half of the products have a small factor where the base is small. */
function power(base: bigint, exponent: bigint, modulus: bigint, bits: number): bigint {
  let result = 1n;
  for (let bit = BigInt(bits); bit >= 0n; bit--) {
    result = (result * result) % modulus;
    if (((exponent >> bit) & 1n) === 1n) result = (result * base) % modulus;
  }
  return result;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** The first primes. Products of them would find nothing that they do not find themselves. */
const bases: readonly bigint[] = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
  107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173,
].map(BigInt);

/** Whether n is a prime or a power of one, by Fermat: no base would ever split it, and each takes a tenth of a second. */
function isPrimePower(n: bigint): boolean {
  return greatestCommonDivisor(power(2n, n, n, n.toString(2).length) + n - 2n, n) !== 1n;
}

/**
 * Factors n from e and d (NIST SP 800-56B revision 2, appendix C.1), with fixed bases in place of random ones: each finds
 * the factors with a chance of at least one half. Undefined as soon as a base shows that e and d do not belong to n.
 */
export function factorRsa(n: bigint, e: bigint, d: bigint): RsaFactors | undefined {
  let odd = e * d - 1n;
  if (odd <= 0n || (odd & 1n) === 1n) return undefined;
  let halvings = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) halvings++;
  const bits = n.toString(2).length + 64;
  for (const [tried, base] of bases.entries()) {
    if (tried === 6 && isPrimePower(n)) return undefined;
    let y = power(base, odd, n, bits);
    for (let step = 0; step < halvings && y !== 1n && y !== n - 1n; step++) {
      const next = (y * y) % n;
      if (next === 1n) {
        const p = greatestCommonDivisor(y - 1n, n);
        return n / p > p ? { p: n / p, q: p } : { p, q: n / p };
      }
      y = next;
    }
    if (y !== 1n && y !== n - 1n) return undefined;
  }
  return undefined;
}
