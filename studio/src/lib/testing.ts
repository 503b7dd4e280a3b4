// What a browser has and Node.js 18 has not, for the unit tests.
import { vi } from 'vitest';

vi.stubGlobal('navigator', { language: 'en-GB', languages: ['en-GB'] });
