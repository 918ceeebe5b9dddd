import { integrityError } from '@keyway/core/driver';
import type { JobCall } from './token/token.ts';
import type { TokenAccess } from './token-access.ts';

/** Random octets of the token. A block that is short, or all of one value, is no random block. */
export async function randomOctets(
  { token }: Pick<TokenAccess, 'token'>,
  count: number,
  call: JobCall,
): Promise<Uint8Array> {
  const octets = await token.run('random', { length: count }, call);
  const [first] = octets;
  const dead = count >= 16 && octets.every((octet) => octet === first);
  if (octets.length !== count || dead) throw integrityError();
  return octets;
}
