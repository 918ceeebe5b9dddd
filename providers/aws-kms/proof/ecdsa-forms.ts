/**
 * The forms of an ECDSA signature. Written here again on purpose: a check outside must not use the code that it checks.
 */

/** `r ‖ s` as a DER SEQUENCE of two INTEGERs. */
export function derOfP1363(signature: Uint8Array): Buffer {
  const half = signature.length / 2;
  const body = Buffer.concat([derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half))]);
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), body]);
}

/** A DER SEQUENCE of two INTEGERs as `r ‖ s`, each in so many octets. */
export function p1363OfDer(signature: Uint8Array, octets: number): Buffer {
  const der = Buffer.from(signature);
  const start = der[1] === 0x81 ? 3 : 2;
  const rLength = der[start + 1] ?? 0;
  const sStart = start + 2 + rLength;
  const sLength = der[sStart + 1] ?? 0;
  if (der[0] !== 0x30 || der[start] !== 0x02 || der[sStart] !== 0x02 || sStart + 2 + sLength !== der.length) {
    throw new TypeError('The signature is not DER');
  }
  const fixed = (integer: Buffer): Buffer => {
    const value = integer.subarray(integer.findIndex((octet) => octet !== 0));
    return Buffer.concat([Buffer.alloc(octets - value.length), value]);
  };
  return Buffer.concat([fixed(der.subarray(start + 2, sStart)), fixed(der.subarray(sStart + 2))]);
}

function derInteger(octets: Uint8Array): Buffer {
  const start = octets.findIndex((octet) => octet !== 0);
  const value = octets.subarray(start < 0 ? octets.length - 1 : start);
  const padding = (value[0] ?? 0) >= 0x80 ? [0] : [];
  return Buffer.from([0x02, value.length + padding.length, ...padding, ...value]);
}
