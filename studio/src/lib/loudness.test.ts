import { expect, test } from 'vitest';
import { findingsOf, loudnessOf } from './loudness';

test('the recording’s loudness and that of what listeners get are told apart', () => {
  expect(loudnessOf({ loudness: -23.14, master_loudness: -16.02 })).toBe('loudness adjusted from −23.1 to −16.0 LUFS');
  expect(loudnessOf({ loudness: null, master_loudness: -16 })).toBe('loudness adjusted to −16.0 LUFS');
  expect(loudnessOf({ loudness: null, master_loudness: null })).toBe('');
  // Of the one value that there used to be it is not said that the recording had it.
  expect(loudnessOf({ loudness: -16 })).toBe('loudness adjusted to −16.0 LUFS');
  expect(loudnessOf({ loudness: null })).toBe('');
});

test('what was left as it was isn’t said to be adjusted', () => {
  expect(loudnessOf({ loudness: -16.2, master_loudness: -16 })).toBe('loudness −16.0 LUFS, left as it was');
  const silent = [{ kind: 'silent' as const, amount: 0, message: 'There is no sound in this recording.' }];
  expect(loudnessOf({ loudness: -70, master_loudness: -70, findings: silent })).toBe('');
});

test('findings are sentences with their figures', () => {
  const finding = (kind: string, amount: number) => ({ kind, amount, message: 'as the server says it' }) as Parameters<typeof findingsOf>[0]['findings'] extends (infer F)[] | undefined ? F : never;
  expect(findingsOf({ findings: [finding('lost', 3.21), finding('repaired', 1), finding('offset', -4.5), finding('loudness_missed', -18.25)] })).toEqual([
    '3.2 s of the recording were damaged and are missing.',
    'One sample was invalid and was replaced.',
    'A constant offset of 4.5 % was removed.',
    'The loudness is −18.3 LUFS, which misses the target: the recording’s short peaks don’t allow more.',
  ]);
  expect(findingsOf({ findings: [finding('unheard-of', 1)] })).toEqual(['as the server says it']);
  expect(findingsOf({})).toEqual([]);
});
