import type { KnownAnswer } from './known-answer.ts';
import { nistGcm } from './known-answers/nist-gcm.ts';
import { nistHmac } from './known-answers/nist-hmac.ts';
import { rfc3394 } from './known-answers/rfc3394.ts';
import { rfc5649 } from './known-answers/rfc5649.ts';
import { rfc6979 } from './known-answers/rfc6979.ts';
import { rfc7515 } from './known-answers/rfc7515.ts';
import { rfc7516 } from './known-answers/rfc7516.ts';
import { rfc7518 } from './known-answers/rfc7518.ts';
import { rfc7520 } from './known-answers/rfc7520.ts';
import { rfc8032 } from './known-answers/rfc8032.ts';

/** Every known answer that is typed in here. */
export const knownAnswers: readonly KnownAnswer[] = [
  ...rfc3394,
  ...rfc5649,
  ...rfc6979,
  ...rfc7515,
  ...rfc7516,
  ...rfc7518,
  ...rfc7520,
  ...rfc8032,
  ...nistGcm,
  ...nistHmac,
];
