import { decodeBase64Url, integrityError } from '@keyway/core/driver';
import type { JsonWebKey } from '@keyway/core/driver';
import { ecParameters } from './ec-parameters.ts';
import { curveOfJwk } from './public-attributes.ts';
import type { Template } from './token/attributes.ts';

function octetsOf(text: string | undefined): Uint8Array {
  const octets = text === undefined ? undefined : decodeBase64Url(text);
  if (octets === undefined) throw integrityError();
  return octets;
}

/** The plain attributes of a private or symmetric JWK: only for tokens that cannot unwrap, and callers who say so. */
export function plainTemplateOf(jwk: JsonWebKey, edwardsForm: 'oid' | 'name'): Template {
  if (jwk.kty === 'oct') return { value: octetsOf(jwk.k) };
  if (jwk.kty === 'RSA') {
    return {
      modulus: octetsOf(jwk.n),
      publicExponent: octetsOf(jwk.e),
      privateExponent: octetsOf(jwk.d),
      prime1: octetsOf(jwk.p),
      prime2: octetsOf(jwk.q),
      exponent1: octetsOf(jwk.dp),
      exponent2: octetsOf(jwk.dq),
      coefficient: octetsOf(jwk.qi),
    };
  }
  const curve = curveOfJwk(jwk);
  if (curve === undefined) throw integrityError();
  return { ecParams: ecParameters(curve, edwardsForm), value: octetsOf(jwk.d) };
}
