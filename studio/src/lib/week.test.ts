import { expect, test } from 'vitest';
import { byDay, shade } from './week';

test('averages are of the hours that there were', () => {
  const days = byDay([{ weekday: 7, hour: 2, downloads: 6, occurrences: 4 }, { weekday: 1, hour: 0, downloads: 3, occurrences: 1 }, { weekday: 7, hour: 3, downloads: 0, occurrences: 0 }]);
  expect(days.map((one) => one.length)).toEqual(Array(7).fill(24));
  expect([days[6]![2], days[0]![0], days[6]![3], days[3]![12]]).toEqual([1.5, 3, 0, 0]);
});
test('shades', () => {
  expect([0, 0.01, 2, 2.1, 10].map((one) => shade(one, 10, 5))).toEqual([0, 1, 1, 2, 5]);
  expect(shade(0, 0, 5)).toBe(0);
});
