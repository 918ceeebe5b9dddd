import { randomUUID } from 'node:crypto';
import type { Call, NewVersionRequest } from '@keyway/core/driver';

/** The limits of one call, with a request id of its own. */
export function testCall(values: Partial<Call> = {}): Call {
  return {
    signal: AbortSignal.timeout(60_000),
    deadline: Date.now() + 60_000,
    now: Math.floor(Date.now() / 1000),
    requestId: randomUUID(),
    ...values,
  };
}

/** A request for a key pair on P-256, which is made fast. */
export function pair(name: string, values: Partial<NewVersionRequest> = {}): NewVersionRequest {
  return {
    name,
    keyType: 'EC',
    curve: 'P-256',
    keyOperations: ['sign', 'verify'],
    enabled: true,
    tags: {},
    ...values,
  };
}
