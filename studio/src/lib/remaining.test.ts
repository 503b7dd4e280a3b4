import { expect, test } from 'vitest';
import { Remaining } from './remaining';

test('what is left follows from what was done since the job was seen first', () => {
  const remaining = new Remaining();
  expect(remaining.after('a', 0.2, 0)).toBeUndefined();
  expect(remaining.after('a', 0.21, 4000)).toBeUndefined(); // too little is done
  expect(remaining.after('a', 0.4, 2000)).toBeUndefined(); // too soon
  expect(remaining.after('a', 0.4, 10_000)).toBeCloseTo(30);
  expect(remaining.after('a', 1, 40_000)).toBeCloseTo(0);
});

test('another job, and one that starts again, are measured from their own beginning', () => {
  const remaining = new Remaining();
  remaining.after('a', 0, 0);
  expect(remaining.after('a', 0.5, 10_000)).toBeCloseTo(10);
  expect(remaining.after('b', 0.5, 10_000)).toBeUndefined();
  expect(remaining.after('b', 0.75, 20_000)).toBeCloseTo(10);
  expect(remaining.after('b', 0.1, 30_000)).toBeUndefined();
  expect(remaining.after('b', 0.4, 40_000)).toBeCloseTo(20);
});
