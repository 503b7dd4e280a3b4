import { expect, test } from 'vitest';
import { height, isOnMap, kShades, outlines, shadeOf, steps, width } from './map';

test('every country is there once, and can be seen', () => {
  expect(new Set(outlines.map((one) => one.code)).size).toBe(outlines.length);
  for (const code of ['DE', 'US', 'FR', 'NO', 'XK', 'TW', 'SG', 'MT', 'VA', 'FJ', 'RU']) expect(isOnMap(code), code).toBe(true);
  for (const { code, path, dot } of outlines) {
    expect(code).toMatch(/^[A-Z]{2}$/);
    expect(!!path || !!dot, code).toBe(true);
    if (dot) expect(dot[0] >= 0 && dot[0] <= width && dot[1] >= 0 && dot[1] <= height, code).toBe(true);
    // No outline goes round the back of the map: each of its lines is short.
    for (const [, dx] of path.matchAll(/(-?\d*\.?\d+) ?-?\d*\.?\d+/g)) expect(Math.abs(Number(dx)), code).toBeLessThanOrEqual(width);
  }
  expect(isOnMap('ZZ')).toBe(false);
});
test('shades begin with one download and end below the most', () => {
  for (const most of [1, 2, 3, 7, 40, 1000, 123_456, 9e8]) {
    const from = steps(most);
    expect(from[0]).toBe(1);
    expect(from.length).toBeLessThanOrEqual(kShades);
    expect(from.at(-1)).toBeLessThanOrEqual(most);
    expect([...from].sort((a, b) => a - b)).toEqual(from);
    expect(shadeOf(most, from)).toBe(kShades);
    expect(shadeOf(0, from)).toBe(0);
  }
  expect(steps(0)).toEqual([]);
  expect(shadeOf(0, [])).toBe(0);
  expect(steps(1000)).toEqual([1, 5, 20, 100, 500]);
});
