import { defineConfig } from 'vitest/config';

// Under emulation a machine takes minutes to boot, and everything on it ten times as long.
const patience = process.env.SLA_TEST_SUBSTRATE === 'vm' ? 10 : 1;

const aside = ['**/node_modules/**', '.sla/**'];

export default defineConfig({
  test: {
    // Many unit tests wait for programs: no core is kept free for the one that waits for the tests.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...aside, 'test/lab/**'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'lab',
          // The readers of fingerprints bring up servers of their own, where these are installed.
          include: ['test/lab/**/*.test.ts', 'core/fingerprint/real/*.real.ts'],
          exclude: aside,
          // One lab, one test at a time: what one breaks, it mends before the next.
          fileParallelism: false,
          globalSetup: ['test/lab/setup.ts'],
          testTimeout: 180_000 * patience,
          hookTimeout: 600_000 * patience,
        },
      },
    ],
  },
});
