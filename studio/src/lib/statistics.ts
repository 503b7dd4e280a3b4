// The arithmetic of the statistics pages: periods and what they are compared with, shares, and downloads since release. Hours are in UTC;
// days are those of a time zone where one is given.
import type { Schemas } from '../api/client';
import { fromWallClock, toWallClock } from './zoned';

export type Figure = Schemas['Downloads'];

const kHour = 3_600_000;
const kDay = 24 * kHour;

/** The day of a moment on the clocks of `zone`, e.g. "2026-11-24". */
export const dayOf = (moment: number, zone: string) => toWallClock(moment, zone).slice(0, 10);
/** The day that is `days` after another. */
export const addDays = (day: string, days: number) => new Date(Date.parse(day + 'T00:00:00Z') + days * kDay).toISOString().slice(0, 10);
const startOf = (day: string, zone: string) => fromWallClock(`${day}T00:00`, zone)!.moment;

export interface Period {
  /** Today and the days before it. */
  downloads: number;
  /** As many days right before them, up to this time of day. */
  before: number;
  /** The difference as a share of `before`; null if there's nothing to compare with. */
  change: number | null;
}

/** The last `days` days, including today, and the same stretch before: today isn't over, so the earlier period ends at this hour, too. */
export function period(hours: readonly Figure[], days: number, now: number, zone: string): Period {
  const today = dayOf(now, zone);
  const start = startOf(addDays(today, 1 - days), zone);
  const startBefore = startOf(addDays(today, 1 - 2 * days), zone);
  const endBefore = now - days * kDay;
  let downloads = 0, before = 0;
  for (const hour of hours) {
    const at = Date.parse(hour.from);
    if (at >= start && at <= now) downloads += hour.downloads;
    else if (at >= startBefore && at <= endBefore && at < start) before += hour.downloads;
  }
  return { downloads, before, change: before > 0 ? (downloads - before) / before : null };
}

/** One figure for each day or month from `first` to `last`; periods that the API leaves out had no downloads. */
export function filled(figures: readonly Figure[], first: string, last: string, months: boolean): Figure[] {
  const known = new Map(figures.map((one) => [one.from, one]));
  const all: Figure[] = [];
  for (let from = months ? first.slice(0, 7) : first; from <= (months ? last.slice(0, 7) : last); from = months ? nextMonth(from) : addDays(from, 1))
    all.push(known.get(from) ?? { from, key: '', downloads: 0, listeners: 0, provisional: false });
  return all;
}
function nextMonth(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}
/** The first day of the month that is eleven months before that of `day`. */
export function yearBefore(day: string): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return month === 12 ? `${year}-01-01` : `${year - 1}-${String(month + 1).padStart(2, '0')}-01`;
}

export interface Share {
  /** Empty if unknown. */
  key: string;
  downloads: number;
  share: number;
}

/** What downloads were of, most first; the unknown last. */
export function shares(figures: readonly Figure[]): Share[] {
  const sums = new Map<string, number>();
  let total = 0;
  for (const { key, downloads } of figures) {
    sums.set(key, (sums.get(key) ?? 0) + downloads);
    total += downloads;
  }
  return [...sums]
    .map(([key, downloads]) => ({ key, downloads, share: downloads / total }))
    .sort((a, b) => Number(a.key === '') - Number(b.key === '') || b.downloads - a.downloads || a.key.localeCompare(b.key));
}

/** After so many days episodes are compared. */
export const kAges = [1, 3, 7, 30, 90] as const;
/** The longest of them, as hours of a curve. */
export const kCurveHours = kAges[kAges.length - 1]! * 24;

/** Figures are of whole hours: the hour in which an episode was released is its first one. */
const releaseHour = (released: string) => Math.floor(Date.parse(released) / kHour) * kHour;
/** How many hours of an episode's life have begun. */
export const ageInHours = (released: string, now: number) => Math.max(0, Math.floor((now - releaseHour(released)) / kHour) + 1);

/** Downloads from the release to the end of each hour, as far as time has come, up to 90 days. */
export function curve(hours: readonly Figure[], released: string, now: number): number[] {
  const first = releaseHour(released);
  const each = new Array<number>(Math.min(kCurveHours, ageInHours(released, now))).fill(0);
  for (const hour of hours) {
    const index = Math.round((Date.parse(hour.from) - first) / kHour);
    if (index >= 0 && index < each.length) each[index]! += hour.downloads;
  }
  let sum = 0;
  return each.map((downloads) => (sum += downloads));
}

export interface AtAge {
  /** Null before the release. */
  downloads: number | null;
  /** The time isn't over yet. */
  soFar: boolean;
}

/** Downloads in the first `days` days. */
export function atAge(curve: readonly number[], days: number): AtAge {
  const hours = days * 24;
  return curve.length >= hours ? { downloads: curve[hours - 1]!, soFar: false } : { downloads: curve.at(-1) ?? null, soFar: true };
}

/** The median of what other episodes had when they were as old; null if none is. */
export function usualAt(others: readonly (readonly number[])[], hours: number): number | null {
  const values = others.filter((one) => hours > 0 && one.length >= hours).map((one) => one[hours - 1]!).sort((a, b) => a - b);
  if (!values.length) return null;
  const middle = values.length >> 1;
  return values.length % 2 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

/** How many days the axis of a chart shows for an episode of this age. */
export const horizon = (hours: number): number => [7, 30, 90].find((days) => hours <= days * 24) ?? 90;
