import { expect, test } from 'vitest';
import { differing, merge, pick, same } from './merge';

const fields = ['title', 'author', 'category', 'persons'] as const;
const read = { title: 'Bells', author: 'Ada', category: { name: 'Arts', sub: '' }, persons: [] as { name: string }[] };

test('values are the same whatever the order of their members', () => {
  expect(same({ name: 'Arts', sub: 'Design' }, { sub: 'Design', name: 'Arts' })).toBe(true);
  expect(same([{ a: 1, b: [2] }], [{ b: [2], a: 1 }])).toBe(true);
  expect(same(null, null)).toBe(true);
});

test('values differ in kind, length, order and depth', () => {
  for (const [one, other] of [[[], {}], [[1, 2], [2, 1]], [[1], [1, 2]], [null, {}], ['', null], [0, false], [{ a: 1 }, { b: 1 }], [{ a: undefined }, { b: undefined }], [{ a: { b: 1 } }, { a: { b: 2 } }]]) {
    expect(same(one, other), JSON.stringify([one, other])).toBe(false);
  }
});

test('fields that differ come in their order', () => {
  expect(differing(fields, read, { ...read, persons: [{ name: 'Grace' }], title: 'Tides' })).toEqual(['title', 'persons']);
  expect(differing(fields, read, structuredClone(read))).toEqual([]);
});

test('what is picked is a copy of these fields alone', () => {
  const picked = pick(['category'], read);
  expect(picked).toEqual({ category: { name: 'Arts', sub: '' } });
  expect(picked.category).not.toBe(read.category);
});

test('without a change here everything of theirs is taken over', () => {
  const theirs = { ...read, author: 'Grace', category: { name: 'News', sub: '' } };
  expect(merge(fields, read, read, theirs)).toEqual({ values: theirs, conflicts: [], taken: ['author', 'category'] });
});

test('without a change there ours stays', () => {
  const mine = { ...read, persons: [{ name: 'Ada' }] };
  expect(merge(fields, read, mine, read)).toEqual({ values: mine, conflicts: [], taken: [] });
});

test('different fields are merged without a question', () => {
  expect(merge(fields, read, { ...read, title: 'Mine' }, { ...read, author: 'Theirs' })).toEqual({ values: { ...read, title: 'Mine', author: 'Theirs' }, conflicts: [], taken: ['author'] });
});

test('the same field, changed to different values, is a conflict, and ours stays in the form', () => {
  expect(merge(fields, read, { ...read, title: 'Mine' }, { ...read, title: 'Theirs' })).toEqual({ values: { ...read, title: 'Mine' }, conflicts: ['title'], taken: [] });
});

test('the same field, changed to the same value, is none', () => {
  const both = { ...read, category: { name: 'News', sub: 'Daily' } };
  expect(merge(fields, read, both, { ...read, category: { sub: 'Daily', name: 'News' } })).toEqual({ values: both, conflicts: [], taken: [] });
});

test('what was undone here is not a change', () => {
  expect(merge(fields, read, structuredClone(read), { ...read, title: 'Theirs' }).values.title).toBe('Theirs');
});

test('the form shares nothing with what it came from', () => {
  const mine = { ...read, persons: [{ name: 'Ada' }] };
  const { values } = merge(fields, read, mine, read);
  values.persons[0]!.name = 'Grace';
  values.category.name = 'News';
  expect(mine.persons[0]!.name).toBe('Ada');
  expect(read.category.name).toBe('Arts');
});
