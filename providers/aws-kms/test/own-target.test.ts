import { allCases } from '@keyway/conformance';
import { describeConformance } from '@keyway/conformance/vitest';
import { target } from './own-target.ts';

// Vectors are about algorithms, which node:crypto runs here; large RSA keys take long to make.
const cases = allCases.filter(({ id }) => !/^vectors\/|rsa-(?:3072|4096)/.test(id));

describeConformance(target, { cases, openssl: false, createsRsaFast: true });
