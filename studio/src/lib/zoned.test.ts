import { expect, test } from 'vitest';
import { fromWallClock, offsetAt, toRfc3339, toWallClock } from './zoned';

const at = (text: string) => Date.parse(text);

test.each([
  ['2026-01-15T12:00:00Z', 'Europe/Berlin', 60],
  ['2026-07-15T12:00:00Z', 'Europe/Berlin', 120],
  ['2026-07-15T12:00:00Z', 'Asia/Kolkata', 330],
  ['2026-07-15T12:00:00Z', 'America/St_Johns', -150],
  ['2026-07-15T12:00:00.999Z', 'UTC', 0],
  // Midnight is the hour 0 of the day that begins.
  ['2026-07-15T22:00:00Z', 'Europe/Berlin', 120],
])('at %s the clocks of %s are %i minutes ahead', (moment, zone, minutes) => expect(offsetAt(at(moment), zone)).toBe(minutes));

test('a time on the wall is one moment', () => {
  expect(fromWallClock('2026-10-24T18:00', 'Europe/Berlin')).toEqual({ text: '2026-10-24T18:00:00+02:00', moment: at('2026-10-24T16:00:00Z') });
  expect(fromWallClock('2026-10-25T18:00', 'Europe/Berlin')).toEqual({ text: '2026-10-25T18:00:00+01:00', moment: at('2026-10-25T17:00:00Z') });
  expect(fromWallClock('2026-07-15T18:00', 'America/St_Johns')?.text).toBe('2026-07-15T18:00:00-02:30');
});

test('of a time that comes twice, the earlier is meant', () => {
  expect(fromWallClock('2026-10-25T02:30', 'Europe/Berlin')).toEqual({ text: '2026-10-25T02:30:00+02:00', moment: at('2026-10-25T00:30:00Z'), note: 'twice' });
  expect(fromWallClock('2026-11-01T01:30', 'America/New_York')).toMatchObject({ moment: at('2026-11-01T05:30:00Z'), note: 'twice' });
  // A change by half an hour.
  expect(fromWallClock('2026-04-05T01:45', 'Australia/Lord_Howe')).toMatchObject({ text: '2026-04-05T01:45:00+11:00', note: 'twice' });
});

test('a time that never comes is moved on by the gap', () => {
  expect(fromWallClock('2026-03-29T02:30', 'Europe/Berlin')).toEqual({ text: '2026-03-29T03:30:00+02:00', moment: at('2026-03-29T01:30:00Z'), note: 'never' });
});

test('just before and after a change nothing is said', () => {
  for (const time of ['2026-10-25T01:59', '2026-10-25T03:00', '2026-03-29T01:59', '2026-03-29T03:00']) expect(fromWallClock(time, 'Europe/Berlin')).not.toHaveProperty('note');
});

test('what is no time is none', () => {
  for (const text of ['', '2026-10-25', '25.10.2026 02:30', 'tomorrow']) expect(fromWallClock(text, 'Europe/Berlin')).toBe(undefined);
});

test('the wall shows what was set, through a whole year', () => {
  for (let moment = at('2026-01-01T00:00:00Z'); moment < at('2027-01-01T00:00:00Z'); moment += 31 * 3_600_000) {
    const back = fromWallClock(toWallClock(moment, 'America/Santiago'), 'America/Santiago')!;
    if (back.note !== 'twice') expect(back.moment).toBe(moment);
    expect(Date.parse(toRfc3339(moment, 'America/Santiago'))).toBe(moment);
  }
});
