import { expect, test } from 'vitest';
import { addDays, aYearBack, changeOf, changeOfMeans, dayOf, daysBefore, filled, isDay, lengthOf, notesBy, period, shares, yearBefore, type Figure } from './statistics';

const figure = (from: string, downloads: number, key = ''): Figure => ({ from, key, downloads, listeners: null, provisional: false, rules: 0 });
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


test('periods before', () => {
  expect(daysBefore({ from: '2026-11-01', to: '2026-11-30' })).toEqual({ from: '2026-10-02', to: '2026-10-31' });
  expect(daysBefore({ from: '2026-03-01', to: '2026-03-01' })).toEqual({ from: '2026-02-28', to: '2026-02-28' });
  expect(daysBefore({ from: '2025-12-01', to: '2026-11-30' })).toEqual({ from: '2024-12-01', to: '2025-11-30' });
  expect([aYearBack('2026-11-30'), aYearBack('2028-02-29')]).toEqual(['2025-11-30', '2027-02-28']);
  expect(lengthOf({ from: '2026-03-28', to: '2026-03-30' })).toBe(3);
  expect(changeOf(15, 10)).toBe(0.5);
  expect(changeOf(15, 0)).toBeNull();
  expect(changeOfMeans(30, { from: '2026-11-01', to: '2026-11-10' }, 40, { from: '2026-10-01', to: '2026-10-20' })).toBe(0.5);
});
test('what is no day', () => {
  expect(['2026-02-29', '2026-13-01', '', '26-1-1', '2026-11-31', '99999-01-01'].filter(isDay)).toEqual([]);
  expect(isDay('2028-02-29')).toBe(true);
});
test('what happened is told with the day or month on the clocks of the zone', () => {
  const note = { kind: 'published', at: '2026-11-24T23:30:00Z', text: 'Fog' } as const;
  expect([...notesBy([figure('2026-11-24', 1), figure('2026-11-25', 1)], [note], 'Europe/Berlin')]).toEqual([[1, [note]]]);
  expect([...notesBy([figure('2026-10', 1), figure('2026-11', 1)], [note], 'UTC')]).toEqual([[1, [note]]]);
  expect([...notesBy([figure('2026-10-24', 1)], [note], 'UTC')]).toEqual([]);
});
