import { expect, test } from 'vitest';
import { addDays, ageInHours, atAge, curve, dayOf, filled, horizon, period, shares, usualAt, yearBefore, type Figure } from './statistics';

const figure = (from: string, downloads: number, key = ''): Figure => ({ from, key, downloads, listeners: null, provisional: false });
const now = Date.parse('2026-11-30T15:20:00Z');

test('a period is compared with as much of the one before', () => {
  const hours = [
    figure('2026-11-16T23:00:00Z', 1000), // before both, in Berlin on the 17th
    figure('2026-11-16T22:00:00Z', 5000), // the 16th
    figure('2026-11-23T15:00:00Z', 20), // a week ago, this hour
    figure('2026-11-23T16:00:00Z', 7000), // a week ago, later: today has no such hour yet
    figure('2026-11-23T23:00:00Z', 300), // the 24th in Berlin
    figure('2026-11-30T15:00:00Z', 6),
  ];
  expect(period(hours, 7, now, 'Europe/Berlin')).toEqual({ downloads: 306, before: 1020, change: (306 - 1020) / 1020 });
  expect(period(hours, 7, now, 'UTC')).toEqual({ downloads: 6, before: 20, change: (6 - 20) / 20 });
});
test('without anything before there is no change', () => {
  expect(period([figure('2026-11-30T10:00:00Z', 3)], 7, now, 'UTC')).toEqual({ downloads: 3, before: 0, change: null });
  expect(period([figure('2026-11-20T10:00:00Z', 4)], 7, now, 'UTC').change).toBe(-1);
});
test('a day of a period counts once when the clocks change', () => {
  // In Berlin the clocks went back on 25 October: that day had 25 hours.
  const hours = Array.from({ length: 24 * 20 }, (_, index) => figure(new Date(Date.parse('2026-10-12T00:00:00Z') + index * 3_600_000).toISOString(), 1));
  const end = Date.parse('2026-10-28T22:30:00Z'); // 23:30 in Berlin
  expect(period(hours, 7, end, 'Europe/Berlin')).toMatchObject({ downloads: 7 * 24 + 1 });
});
test('days are those of the zone', () => {
  expect(dayOf(Date.parse('2026-11-24T23:00:00Z'), 'Europe/Berlin')).toBe('2026-11-25');
  expect(dayOf(Date.parse('2026-11-24T23:00:00Z'), 'UTC')).toBe('2026-11-24');
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
  expect(yearBefore('2026-11-30')).toBe('2025-12-01');
  expect(yearBefore('2026-12-31')).toBe('2026-01-01');
});
test('days and months without downloads are there', () => {
  expect(filled([figure('2026-02-28', 5)], '2026-02-27', '2026-03-01', false).map((one) => [one.from, one.downloads])).toEqual([['2026-02-27', 0], ['2026-02-28', 5], ['2026-03-01', 0]]);
  expect(filled([figure('2026-01', 5)], '2025-11-01', '2026-02-10', true).map((one) => [one.from, one.downloads])).toEqual([['2025-11', 0], ['2025-12', 0], ['2026-01', 5], ['2026-02', 0]]);
});
test('shares add up, and the unknown comes last', () => {
  expect(shares([figure('2026-11-29', 6), figure('2026-11-29', 1, 'Overcast'), figure('2026-11-30', 2, 'Overcast'), figure('2026-11-30', 3, 'AntennaPod')])).toEqual([
    { key: 'AntennaPod', downloads: 3, share: 0.25 }, { key: 'Overcast', downloads: 3, share: 0.25 }, { key: '', downloads: 6, share: 0.5 },
  ]);
  expect(shares([])).toEqual([]);
});

const released = '2026-11-28T10:40:00Z';
const hours = [figure('2026-11-28T09:00:00Z', 100), figure('2026-11-28T10:00:00Z', 2), figure('2026-11-29T09:00:00Z', 3), figure('2026-11-29T10:00:00Z', 5), figure('2026-11-30T15:00:00Z', 7)];

test('a curve begins with the hour of the release and ends now', () => {
  const line = curve(hours, released, now);
  expect(line.length).toBe(54);
  expect([line[0], line[22], line[23], line[24], line.at(-1)]).toEqual([2, 2, 5, 10, 17]);
  expect(curve(hours, '2026-12-01T00:00:00Z', now)).toEqual([]);
  expect(curve([], '2020-01-01T00:00:00Z', now).length).toBe(90 * 24);
  expect(ageInHours(released, now)).toBe(54);
});
test('the first day is 24 hours, and what is not over is said', () => {
  const line = curve(hours, released, now);
  expect(atAge(line, 1)).toEqual({ downloads: 5, soFar: false });
  expect(atAge(line, 3)).toEqual({ downloads: 17, soFar: true });
  expect(atAge([], 1)).toEqual({ downloads: null, soFar: true });
});
test('what is usual is the median of those that are as old', () => {
  expect(usualAt([[1, 10], [1, 30], [1, 20]], 2)).toBe(20);
  expect(usualAt([[1, 10], [1, 30], [7]], 2)).toBe(20);
  expect(usualAt([[7]], 2)).toBeNull();
  expect(usualAt([[7]], 0)).toBeNull();
});
test('the axis fits the age', () => {
  expect([1, 7 * 24, 7 * 24 + 1, 31 * 24, 5000].map(horizon)).toEqual([7, 7, 30, 90, 90]);
});
