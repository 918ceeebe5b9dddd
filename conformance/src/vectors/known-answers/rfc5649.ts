import type { KnownAnswer } from '../known-answer.ts';

/** AES key wrap with padding, which the contract uses inside `releaseKey` (RFC 5649). Octets in hexadecimal. */
export const rfc5649: readonly KnownAnswer[] = [
  {
    kind: 'padded-wrap',
    id: 'rfc5649/section-6-20',
    source: 'RFC 5649, section 6, 20 octets',
    key: { kty: 'oct', k: 'WEDfbimwKvGrSTtwW_Fuoa6DOPTcwXao' },
    secret: 'c37b7e6492584340bed12207808941155068f738',
    wrapped: '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a',
  },
  {
    kind: 'padded-wrap',
    id: 'rfc5649/section-6-7',
    source: 'RFC 5649, section 6, 7 octets',
    key: { kty: 'oct', k: 'WEDfbimwKvGrSTtwW_Fuoa6DOPTcwXao' },
    secret: '466f7250617369',
    wrapped: 'afbeb0f07dfbf5419200f2ccb50bb24f',
  },
];
