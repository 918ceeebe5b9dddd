import { defineConfig } from 'vitest/config';

// Not `module`: the AWS SDK has files under it that Node cannot load.
const conditions = ['@keyway/source', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{packages,providers}/*/test/**/*.test.ts',
      '{conformance,docs,scripts,tour,bench,crash,fuzz}/test/**/*.test.ts',
    ],
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['packages/core/src/**/*.ts', 'providers/{local,aws-kms}/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'json'],
      thresholds: {
        '{packages/core,providers/local}/src/**/*.ts': { lines: 95, branches: 95 },
        'providers/aws-kms/src/**/*.ts': { lines: 95, branches: 95 },
      },
    },
  },
});
