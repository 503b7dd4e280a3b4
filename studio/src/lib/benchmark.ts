// What other podcasts have, from public sources that say it: figures of theirs, never ours.

export interface Standing {
  /** The most-downloaded share of podcasts, e.g. 0.25. */
  top: number;
  /** They have more downloads than this. Two values: the source published different ones over the years. */
  from: number;
  to?: number;
}

export const kSource = 'Buzzsprout';
/** Downloads of a podcast in 30 days. */
export const kMonthYear = 2020;
export const kMonth: readonly Standing[] = [
  { top: 0.5, from: 98 },
  { top: 0.25, from: 302 },
  { top: 0.1, from: 982 },
  { top: 0.05, from: 2373 },
  { top: 0.01, from: 14_959 },
];
/** Downloads of an episode in its first 7 days. */
export const kFirstWeek: readonly Standing[] = [
  { top: 0.5, from: 28, to: 30 },
  { top: 0.25, from: 87, to: 110 },
  { top: 0.01, from: 3974, to: 4800 },
];

/** The smallest group of the most downloaded that a figure surely is in; none if it may be below the middle. */
export const standing = (downloads: number, table: readonly Standing[]): Standing | undefined => table.filter((one) => downloads > (one.to ?? one.from)).at(-1);
