import { defineConfig } from 'vitest/config';

const conditions = ['@keyway/source', 'module', 'node', 'development|production'];

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
      include: ['packages/core/src/**/*.ts', 'providers/local/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'json'],
      thresholds: { lines: 95, branches: 95 },
    },
  },
});
