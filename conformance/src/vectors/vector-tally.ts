import { createVectorTally } from './vector-report.ts';
import type { VectorTally } from './vector-report.ts';

/** What the vector cases of this process came to; the readers print it after a run. */
export const vectorTally: VectorTally = createVectorTally();
