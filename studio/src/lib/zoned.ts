// Wall-clock times in a time zone and back: what a publisher writes into "publish at" is meant where they are.

/** Minutes that `zone` is ahead of UTC at this moment. */
export function offsetAt(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }).formatToParts(new Date(moment));
  const part = (name: string) => Number(parts.find((one) => one.type === name)?.value);
  return Math.round((Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(moment / 1000) * 1000) / 60000);
}

export interface ZonedTime {
  /** RFC 3339 with the offset that is in force then. */
  text: string;
  moment: number;
  /** The clock shows this time twice (the earlier is meant), or never (it is moved on by the gap). */
  note?: 'twice' | 'never';
}

/** "2026-10-25T02:30" on the clocks of `zone`. */
export function fromWallClock(local: string, zone: string): ZonedTime | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(local);
  if (!match) return undefined;
  const [year, month, day, hour, minute] = match.slice(1).map(Number) as [number, number, number, number, number];
  const asUtc = Date.UTC(year, month - 1, day, hour, minute);
  if (Number.isNaN(asUtc)) return undefined;
  // Around a change of the clocks two offsets are in question: that of half a day before and that of half a day after.
  const before = offsetAt(asUtc - 43_200_000, zone);
  const after = offsetAt(asUtc + 43_200_000, zone);
  const fits = [...new Set([before, after])].filter((offset) => offsetAt(asUtc - offset * 60_000, zone) === offset);
  let moment: number;
  let note: ZonedTime['note'];
  if (fits.length > 0) {
    moment = Math.min(...fits.map((offset) => asUtc - offset * 60_000));
    if (fits.length > 1) note = 'twice';
  } else {
    moment = asUtc - before * 60_000;
    note = 'never';
  }
  return { text: toRfc3339(moment, zone), moment, ...(note ? { note } : {}) };
}

/** "2026-10-25T02:30" for `moment` on the clocks of `zone`, as <input type=datetime-local> wants it. */
export function toWallClock(moment: number, zone: string): string {
  return new Date(moment + offsetAt(moment, zone) * 60_000).toISOString().slice(0, 16);
}

export function toRfc3339(moment: number, zone: string): string {
  const offset = offsetAt(moment, zone);
  const sign = offset < 0 ? '-' : '+';
  const two = (value: number) => String(value).padStart(2, '0');
  return new Date(moment + offset * 60_000).toISOString().slice(0, 19) + sign + two(Math.floor(Math.abs(offset) / 60)) + ':' + two(Math.abs(offset) % 60);
}
