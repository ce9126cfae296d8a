import { defineConfig } from './cli/config.ts';

// Every setting has a default; all of them are described in docs/reference/config.md.
export default defineConfig({
  target: 'lab',
});
