import { expect, test } from 'vitest';
import { kFirstWeek, kMonth, standing } from './benchmark';

test('a podcast is in the smallest group that it surely is in', () => {
  expect(standing(98, kMonth)).toBeUndefined();
  expect(standing(99, kMonth)?.top).toBe(0.5);
  expect(standing(1000, kMonth)?.top).toBe(0.1);
  expect(standing(1e6, kMonth)?.top).toBe(0.01);
});
test('where years differ the higher figure decides', () => {
  expect(standing(30, kFirstWeek)).toBeUndefined();
  expect(standing(100, kFirstWeek)?.top).toBe(0.5);
  expect(standing(111, kFirstWeek)?.top).toBe(0.25);
});
test('smaller groups have more', () => {
  for (const table of [kMonth, kFirstWeek]) for (const [index, one] of table.entries()) if (index > 0) expect(one.from).toBeGreaterThan(table[index - 1]!.to ?? table[index - 1]!.from);
});
