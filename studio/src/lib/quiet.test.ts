import { describe, expect, it } from 'vitest';
import { absenceFrom, absenceText, hoursFrom, hoursText, kDays, usualHours } from './quiet';

describe('quiet hours', () => {
  it.each([
    ['mon-fri 22:00-07:00', 'mon,tue,wed,thu,fri 22:00-07:00'],
    ['sat,sun 00:00-24:00', 'sat,sun 00:00-24:00'],
    ['mon,fri-sun 01:00-02:30', 'mon,fri,sat,sun 01:00-02:30'],
  ])('%s', (text, written) => {
    expect(hoursText(hoursFrom(text))).toBe(written);
  });
  it('start with the nights of the working week', () => {
    expect(hoursText(usualHours())).toBe('mon,tue,wed,thu,fri 22:00-07:00');
    expect(kDays.filter((day) => hoursFrom('tue 22:00-07:00').days[day])).toEqual(['tue']);
  });
});

describe('absences', () => {
  it.each([['2026-12-24..2027-01-06'], ['2027-05-01']])('%s', (text) => {
    expect(absenceText(absenceFrom(text))).toBe(text);
  });
  it('of one day are written as one', () => {
    expect(absenceText({ first: '2027-05-01', last: '2027-05-01' })).toBe('2027-05-01');
    expect(absenceText({ first: '2027-05-01', last: '' })).toBe('2027-05-01');
  });
});
