// The hours of a week, and which shade each has.
import type { Schemas } from '../api/client';

export type WeekHour = Schemas['HoursOfWeek']['items'][number];

/** Of so many hours that were this one: a change of the clocks leaves one out, or repeats it. */
export const average = (hour?: WeekHour) => (hour?.occurrences ? hour.downloads / hour.occurrences : 0);

/** 7 days (0: Monday) of 24 hours. */
export const byDay = (hours: readonly WeekHour[]) =>
  Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => average(hours.find((one) => one.weekday === day + 1 && one.hour === hour))));

/** Which of `steps` shades a value has: 0 for nothing, `steps` for the most. */
export const shade = (value: number, most: number, steps: number) => (value > 0 ? Math.max(1, Math.ceil((value / most) * steps)) : 0);
