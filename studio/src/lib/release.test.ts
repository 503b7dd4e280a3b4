import { expect, test } from 'vitest';
import { atAge, axis, horizon, valueAt, type Released } from './release';

/** One download an hour, `hours` old. */
const episode = (hours: number, sameAge: number | null = null): Released => ({
  episode: 'a', title: 'Fog', season: null, number: null, released: '2026-11-01T00:00:00Z', complete: true, hours, downloads: hours, at_same_age: sameAge,
  after: { 1: hours >= 24 ? 24 : null, 3: hours >= 72 ? 72 : null, 7: hours >= 168 ? 168 : null, 30: hours >= 720 ? 720 : null, 90: hours >= 2160 ? 2160 : null },
  days: Array.from({ length: Math.floor(hours / 24) }, (_, day) => (day + 1) * 24),
  first_hours: Array.from({ length: Math.min(hours, 72) }, (_, hour) => hour + 1),
});

test('the axis fits the age', () => {
  expect([1, 7 * 24, 7 * 24 + 1, 31 * 24, 5000].map(horizon)).toEqual([7, 7, 30, 90, 90]);
  const places = axis(7, 100);
  expect(places.slice(0, 2)).toEqual([0, 1 / 24]);
  expect(places.slice(-5)).toEqual([4, 100 / 24, 5, 6, 7]);
  expect(axis(90, 2160).at(-1)).toBe(90);
});
test('a line has what is told, and ends at its age', () => {
  const old = episode(100, 100);
  expect(axis(7, 100).map((day) => valueAt(old, day, 100)).filter((one) => one !== null)).toEqual([...Array.from({ length: 73 }, (_, hour) => hour), 96, 100]);
  expect([0, 1 / 24, 1, 3, 4, 5].map((day) => valueAt(episode(26), day, 500))).toEqual([0, 1, 24, null, null, null]);
  expect(valueAt(episode(2160, 500), 500 / 24, 500)).toBe(500);
  expect(valueAt(episode(2160), 90, 2160)).toBe(2160);
});
test('the first age that is not over has what there is so far', () => {
  expect(atAge(episode(26), 1)).toEqual({ downloads: 24, soFar: false });
  expect(atAge(episode(26), 3)).toEqual({ downloads: 26, soFar: true });
  expect(atAge(episode(26), 7)).toBeNull();
  expect(atAge(episode(2160), 90)).toEqual({ downloads: 2160, soFar: false });
});
