import { expect, test } from 'vitest';
import { bytes, clock, decimal, duration, percent, relative, seconds } from './format';

test.each([[0, '0:00'], [59.9, '0:59'], [125, '2:05'], [3600, '1:00:00'], [3725, '1:02:05'], [360_000, '100:00:00'], [-3, '0:00']])('%d s are %s on a clock', (length, text) => expect(clock(length)).toBe(text));

test.each([['125', 125], ['2:05', 125], ['1:02:05', 3725], [' 0:07 ', 7], ['1:02.5', 62.5], ['90:00', 5400]])('“%s” is %d s', (text, length) => expect(seconds(text)).toBe(length));

test.each(['', ':', '1:', 'a', '1:2:3:4', '-5', '1.2345', '1e3', '١٢'])('“%s” is no time', (text) => expect(seconds(text)).toBe(undefined));

test('what a clock shows is read back', () => {
  for (const length of [0, 7, 60, 3599, 3600, 86_399]) expect(seconds(clock(length))).toBe(length);
});

test('sizes have the largest unit that fits', () => {
  expect(bytes(0)).toBe('0 byte');
  expect(bytes(999)).toBe('999 byte');
  expect(bytes(1000)).toBe('1 kB');
  expect(bytes(1_500_000)).toBe('1.5 MB');
  expect(bytes(250_000_000)).toBe('250 MB');
  expect(bytes(5e15)).toBe('5,000 TB');
});

test('spans are told in one unit', () => {
  expect([59, 90, 3599, 7200, 172_799, 172_800].map(duration)).toEqual(['59 seconds', '2 minutes', '60 minutes', '2 hours', '48 hours', '2 days']);
  expect(duration(-120)).toBe('2 minutes');
});

test('moments are told from now', () => {
  const now = Date.parse('2026-11-29T12:00:00Z');
  expect(relative('2026-11-29T12:00:30Z', now)).toBe('in 30 seconds');
  expect(relative('2026-11-29T10:00:00Z', now)).toBe('2 hours ago');
  expect(relative('2026-12-06T12:00:00Z', now)).toBe('in 7 days');
  expect(relative('2026-05-29T12:00:00Z', now)).toBe('6 months ago');
});

test('numbers for people', () => {
  expect(decimal(-1.601)).toBe('−1.6');
  expect(decimal(3)).toBe('3.0');
  expect(percent(0.256)).toBe('26%');
});
