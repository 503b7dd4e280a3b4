import { expect, test } from 'vitest';
import { loudnessOf } from './loudness';

test('the recording’s loudness and that of what listeners get are told apart', () => {
  expect(loudnessOf({ loudness: -23.14, master_loudness: -16.02 })).toBe('loudness adjusted from −23.1 to −16.0 LUFS');
  expect(loudnessOf({ loudness: null, master_loudness: -16 })).toBe('loudness adjusted to −16.0 LUFS');
  expect(loudnessOf({ loudness: null, master_loudness: null })).toBe('');
  // Of the one value that there used to be it is not said that the recording had it.
  expect(loudnessOf({ loudness: -16 })).toBe('loudness adjusted to −16.0 LUFS');
  expect(loudnessOf({ loudness: null })).toBe('');
});
