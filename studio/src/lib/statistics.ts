// The arithmetic of the statistics pages: periods and what they are compared with, shares, and downloads since release. Hours are in UTC;
// days are those of a time zone where one is given.
import type { Schemas } from '../api/client';
import { fromWallClock, toWallClock } from './zoned';

export type Figure = Schemas['Downloads'];
/** Of a show or an episode; an empty title: it was deleted. */
export type Titled = Figure & { title?: string };

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

/** A stretch of days, both included. */
export interface Days {
  from: string;
  to: string;
}
export const lengthOf = ({ from, to }: Days) => Math.round((Date.parse(to) - Date.parse(from)) / kDay) + 1;
export const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
/** As many days right before. Of whole months, as many months. */
export function daysBefore(days: Days): Days {
  const to = addDays(days.from, -1);
  return days.from.endsWith('-01') && lengthOf(days) > 300 ? { from: aYearBack(days.from), to } : { from: addDays(days.from, -lengthOf(days)), to };
}
/** The day with the same date a year before; for 29 February, the 28th. */
export function aYearBack(day: string): string {
  const back = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
  return isDay(back) ? back : `${back.slice(0, 8)}28`;
}
export const sum = (figures: readonly Figure[]) => figures.reduce((all, one) => all + one.downloads, 0);
/** The difference as a share of what was before; null if there's nothing to compare with. */
export const changeOf = (now: number, before: number): number | null => (before > 0 ? (now - before) / before : null);
/** The same for periods that may differ in length: by the average of a day. */
export const changeOfMeans = (now: number, days: Days, before: number, daysBefore: Days) => changeOf(now / lengthOf(days), before / lengthOf(daysBefore));
/** Something that happened and may explain a change. */
export interface Note {
  kind: 'published' | 'incident' | 'rules';
  /** RFC 3339. */
  at: string;
  text: string;
}
/** The notes of each figure (a day or month on the clocks of `zone`), by their index. */
export function notesBy(figures: readonly Figure[], notes: readonly Note[], zone: string): Map<number, Note[]> {
  const index = new Map(figures.map((one, place) => [one.from, place]));
  const found = new Map<number, Note[]>();
  for (const note of notes) {
    const day = dayOf(Date.parse(note.at), zone);
    const place = index.get(day) ?? index.get(day.slice(0, 7));
    if (place !== undefined) found.set(place, [...(found.get(place) ?? []), note]);
  }
  return found;
}

/** One figure for each day or month from `first` to `last`; periods that the API leaves out had no downloads. */
export function filled(figures: readonly Figure[], first: string, last: string, months: boolean): Figure[] {
  const known = new Map(figures.map((one) => [one.from, one]));
  const all: Figure[] = [];
  for (let from = months ? first.slice(0, 7) : first; from <= (months ? last.slice(0, 7) : last); from = months ? nextMonth(from) : addDays(from, 1))
    all.push(known.get(from) ?? { from, key: '', downloads: 0, listeners: 0, provisional: false, rules: 0 });
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
