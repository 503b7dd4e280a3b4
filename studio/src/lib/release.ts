// Episodes by their age: what the API tells of their downloads since release, as lines on one axis.
import type { Schemas } from '../api/client';

export type Released = Schemas['SinceRelease']['items'][number];

/** After so many days episodes are compared. */
export const kAges = [1, 3, 7, 30, 90] as const;
export type Age = (typeof kAges)[number];
const kHours = 24;
/** Hours that are told one by one. */
const kFirstHours = 72;

/** How many days the axis of a chart shows for an episode of this age. */
export const horizon = (hours: number): number => [7, 30, 90].find((days) => hours <= days * kHours) ?? 90;

/** The places of the axis in days: every hour of the first days, then whole days, and how old the first episode is. */
export function axis(days: number, age: number): number[] {
  const places = new Set<number>();
  for (let hour = 0; hour <= Math.min(kFirstHours, days * kHours); ++hour) places.add(hour / kHours);
  for (let day = kFirstHours / kHours; day <= days; ++day) places.add(day);
  if (age <= days * kHours) places.add(age / kHours);
  return [...places].sort((a, b) => a - b);
}

/** The downloads of an episode at a place of the axis; null if it isn't that old, or not told. `age`: of the first episode, in hours. */
export function valueAt(episode: Released, day: number, age: number): number | null {
  const hours = Math.round(day * kHours);
  if (hours === 0) return 0;
  if (hours <= episode.first_hours.length) return episode.first_hours[hours - 1]!;
  if (hours === episode.hours) return episode.downloads;
  if (hours % kHours === 0 && hours / kHours <= episode.days.length) return episode.days[hours / kHours - 1]!;
  return hours === age ? episode.at_same_age : null;
}

/** After so many days; of the first age that isn't over, what there is so far. Null: nothing to tell. */
export function atAge(episode: Released, age: Age): { downloads: number; soFar: boolean } | null {
  const known = episode.after[age];
  if (known !== null) return { downloads: known, soFar: false };
  const first = kAges.find((one) => episode.after[one] === null);
  return first === age ? { downloads: episode.downloads, soFar: true } : null;
}
