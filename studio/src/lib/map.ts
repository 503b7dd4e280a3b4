// The map of the world, and which colours its countries get.
import world from './world.json';

export interface Outline {
  /** ISO 3166-1, two letters. */
  code: string;
  /** An SVG path; empty for the smallest ones. */
  path: string;
  /** Where a country that would hardly be visible has a dot. */
  dot?: [number, number];
}
export const width: number = world.width;
export const height: number = world.height;
export const outlines = world.countries as Outline[];
export const isOnMap = (code: string) => outlines.some((one) => one.code === code);

/** So many shades, apart from that for none. */
export const kShades = 5;

const kNice = [1, 2, 5];
/** The smallest of 1, 2, 5, 10, 20 … that isn't below a value. */
function niceAbove(value: number): number {
  for (let power = 1; ; power *= 10) for (const digit of kNice) if (digit * power >= value) return digit * power;
}

/**
 * From how many downloads on a country has each shade, ascending, beginning with 1. A few countries have most downloads, so the steps
 * multiply. Fewer than kShades if there's little to tell apart.
 */
export function steps(most: number): number[] {
  if (most < 1) return [];
  const all = Array.from({ length: kShades }, (_, index) => (index === 0 ? 1 : niceAbove(most ** (index / kShades))));
  return [...new Set(all)].filter((from) => from <= most);
}
/** Which shade: 0 for none, kShades for the most. */
export function shadeOf(downloads: number, from: readonly number[]): number {
  const passed = from.filter((one) => downloads >= one).length;
  return passed === 0 ? 0 : kShades - from.length + passed;
}
