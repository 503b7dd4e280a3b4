// Times and numbers as the language of the studio writes them.
import { count, locale } from '../messages/locale';

export const number = count;
/** With one decimal place, and a minus as wide as a figure. */
export const decimal = (value: number) => new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value).replace('-', '−');
export const percent = (share: number) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
/** A difference as a share, with its sign. */
export const change = (share: number) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(share).replace('-', '−');

export function bytes(count: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let step = 0;
  while (count >= 1000 && step < units.length - 1) {
    count /= 1000;
    ++step;
  }
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: step > 1 && count < 100 ? 1 : 0 }).format(count);
}

/** 3725 → "1:02:05", 125 → "2:05". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const texts = parts.map((part) => String(part).padStart(2, '0'));
  return parts[0] ? `${parts[0]}:${texts[1]}:${texts[2]}` : `${parts[1]}:${texts[2]}`;
}

/** "1:02:05", "2:05" or "125" → seconds; undefined for what is no time. */
export function seconds(text: string): number | undefined {
  if (!/^\s*(\d+:)?(\d{1,3}:)?\d{1,4}(\.\d{1,3})?\s*$/.test(text)) return undefined;
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

const unit = (value: number, name: string, display: 'long' | 'short' = 'long') =>
  new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits: 0 }).format(value);

/** About how long: "3 days", "20 minutes". */
export function duration(secs: number): string {
  const length = Math.abs(secs);
  if (length < 60) return unit(Math.round(length), 'second');
  if (length < 3600) return unit(Math.round(length / 60), 'minute');
  if (length < 48 * 3600) return unit(Math.round(length / 3600), 'hour');
  return unit(Math.round(length / 86400), 'day');
}

/** "in 3 days", "2 hours ago". */
export function relative(time: string | number | Date, now = Date.now()): string {
  const secs = (new Date(time).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const length = Math.abs(secs);
  if (length < 60) return format.format(Math.round(secs), 'second');
  if (length < 3600) return format.format(Math.round(secs / 60), 'minute');
  if (length < 48 * 3600) return format.format(Math.round(secs / 3600), 'hour');
  if (length < 60 * 86400) return format.format(Math.round(secs / 86400), 'day');
  return format.format(Math.round(secs / (30.44 * 86400)), 'month');
}

export const date = (time: string | number | Date) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(time));
export const dateTime = (time: string | number | Date) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
export const exactTime = (time: string | number | Date) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' }).format(new Date(time));

/** The viewer's own time zone, as in "Europe/Berlin". */
export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
