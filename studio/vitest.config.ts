import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Unit tests stand beside their sources and need no browser: what touches the page is tested in studio/tests.
export default defineConfig({
  plugins: [svelte()],
  resolve: { conditions: ['browser'] },
  test: {
    include: ['src/**/*.test.ts'],
    // As in the browser, not as rendered on a server: there nothing reacts.
    testTransformMode: { web: ['**'] },
    setupFiles: ['src/lib/testing.ts'],
    env: { TZ: 'UTC' },
    // A busy machine is slow, not wrong.
    testTimeout: 60_000,
  },
});
