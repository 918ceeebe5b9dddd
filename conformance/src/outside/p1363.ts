/**
 * `r ‖ s` as a DER SEQUENCE of two INTEGERs, for openssl. Written here again on purpose: a check outside must not use
 * the code that it checks.
 */
export function derOfP1363(signature: Uint8Array): Buffer {
  const half = signature.length / 2;
  const body = Buffer.concat([derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half))]);
  return Buffer.concat([Buffer.from([0x30]), derLength(body.length), body]);
}

function derInteger(octets: Uint8Array): Buffer {
  const start = octets.findIndex((octet) => octet !== 0);
  const minimal = Buffer.from(octets.subarray(start < 0 ? octets.length - 1 : start));
  const positive = (minimal[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), minimal]) : minimal;
  return Buffer.concat([Buffer.from([0x02]), derLength(positive.length), positive]);
}

function derLength(length: number): Buffer {
  return length < 0x80 ? Buffer.from([length]) : Buffer.from([0x81, length]);
}
