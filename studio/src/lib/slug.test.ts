import { expect, test } from 'vitest';
import { slugOf } from './slug';

test.each([
  ['Bells in the Morning!', 'bells-in-the-morning'],
  ['Ça va, Ünïcode?', 'ca-va-unicode'],
  ['Große Straße', 'grosse-strasse'],
  ['  --  ', ''],
  ['日本語', ''],
  ['日本語 radio', 'radio'],
  ['ﬁve ½', 'five-1-2'],
])('%s → %s', (title, slug) => expect(slugOf(title)).toBe(slug));

test('a long title is cut, and does not end in a hyphen', () => {
  const slug = slugOf('a'.repeat(59) + ' ' + 'b'.repeat(20));
  expect(slug).toBe('a'.repeat(59));
  expect(slugOf('ab '.repeat(100)).length).toBeLessThanOrEqual(60);
});
