// How figures are named: days, months, countries, regions.
import { m } from '../../messages';
import { locale } from '../../messages/locale';

/** "2026-11-24" or "2026-11", with the year if `long`. */
export const nameOf = (label: string, long: boolean) =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...(label.length === 7 ? { month: 'short', year: 'numeric' } : long ? { dateStyle: 'medium' } : { day: 'numeric', month: 'short' }) } as Intl.DateTimeFormatOptions).format(new Date(label.length === 7 ? `${label}-01` : label));

const countries = new Intl.DisplayNames(locale, { type: 'region' });
export const countryName = (code: string) => (/^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code || m.statistics.unknown);
/** "DE-HH" (ISO 3166-2), "CH/Zürich", or a name alone. */
export function regionName(key: string): string {
  const match = /^([A-Z]{2})[-/](.+)$/.exec(key);
  return match ? `${match[2]} (${countryName(match[1]!)})` : key || m.statistics.unknown;
}
/** "DE", or "" if the key doesn't say. */
export const countryOf = (region: string) => /^([A-Z]{2})[-/]/.exec(region)?.[1] ?? '';

/** Monday is 0. */
export const weekdayName = (day: number, style: 'short' | 'long') => new Intl.DateTimeFormat(locale, { weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(2026, 0, 5 + day)));
export const hourName = (hour: number) => new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' }).format(new Date(Date.UTC(2026, 0, 5, hour)));
