import { promiseCases } from '../src/all-cases.ts';
import { localFile, localMemory } from '../src/targets.ts';
import { describeConformance } from '../src/vitest.ts';

// The vectors, and the openssl program beside node:crypto, are for the command: `npm run conformance`.
describeConformance(localMemory, { cases: promiseCases, openssl: false });
describeConformance(localFile, { cases: promiseCases, openssl: false });
