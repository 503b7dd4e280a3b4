// Quiet hours as the API writes them (“mon-fri 22:00-07:00”), and as rows of a form.

export const kDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof kDays)[number];

export interface QuietHours {
  days: Record<Day, boolean>;
  from: string;
  to: string;
}
export interface Absence {
  first: string;
  last: string;
}

const without = (): Record<Day, boolean> => ({ mon: false, tue: false, wed: false, thu: false, fri: false, sat: false, sun: false });

/** Every night of the working week. */
export const usualHours = (): QuietHours => ({ days: { ...without(), mon: true, tue: true, wed: true, thu: true, fri: true }, from: '22:00', to: '07:00' });

export function hoursFrom(text: string): QuietHours {
  const [named = '', times = ''] = text.split(' ');
  const [from = '', to = ''] = times.split('-');
  const days = without();
  for (const part of named.split(',')) {
    const [first, last = first] = part.split('-').map((day) => kDays.indexOf(day as Day));
    for (let day = first!; day >= 0 && day <= last!; ++day) days[kDays[day]!] = true;
  }
  // A field for times knows no 24:00.
  return { days, from, to: to === '24:00' ? '00:00' : to };
}

/** Midnight is the end of a day; the same time twice is a whole day. */
export function hoursText({ days, from, to }: QuietHours): string {
  return `${kDays.filter((day) => days[day]).join(',')} ${from}-${to === '00:00' ? '24:00' : to}`;
}

export function absenceFrom(text: string): Absence {
  const [first = '', last = first] = text.split('..');
  return { first, last };
}

export function absenceText({ first, last }: Absence): string {
  return last && last !== first ? `${first}..${last}` : first;
}
