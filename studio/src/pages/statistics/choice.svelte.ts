// Which days are looked at, on the clocks of which time zone, and what they're compared with: kept in the address.
import { timeZone } from '../../lib/format';
import { addDays, aYearBack, dayOf, daysBefore, isDay, lengthOf, yearBefore, type Days } from '../../lib/statistics';
import { router } from '../../router.svelte';

export const kRanges = ['7', '30', '90', 'year', 'own'] as const;
export const kComparisons = ['none', 'before', 'year', 'own'] as const;
export type Range = (typeof kRanges)[number];
export type Comparison = (typeof kComparisons)[number];

/** Longer periods are shown by month. */
const kMostDays = 124;
/** Nobody has figures of earlier days. */
const kFirstDay = '2000-01-01';
const kZone = 'carillon.zone';

function isZone(zone: string | null): zone is string {
  if (!zone) return false;
  try {
    return !!new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    return false;
  }
}
function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // the browser keeps nothing for this site
  }
}
const oneOf = <T extends string>(known: readonly T[], asked: string | null, usual: T): T => known.find((one) => one === asked) ?? usual;
const daysFrom = (from: string | null, to: string | null): Days | undefined => (from && to && isDay(from) && isDay(to) && from <= to && from >= kFirstDay ? { from, to } : undefined);

export class Choice {
  range = $state<Range>('30');
  comparison = $state<Comparison>('none');
  zone = $state('UTC');
  /** What is in the fields, right or not. */
  own = $state<Days>({ from: '', to: '' });
  ownOther = $state<Days>({ from: '', to: '' });
  today = $state('');

  readonly #key: string;
  /** `of`: whose time zone is remembered, e.g. a show's slug. */
  constructor(of: string) {
    const asked = router.place.query;
    this.#key = `${kZone}.${of}`;
    const zone = [asked.get('tz'), remembered(this.#key)].find(isZone);
    this.zone = zone ?? timeZone();
    this.tick();
    this.range = oneOf(kRanges, asked.get('range'), '30');
    this.comparison = oneOf(kComparisons, asked.get('compare'), 'none');
    this.own = daysFrom(asked.get('from'), asked.get('to')) ?? { from: addDays(this.today, -29), to: this.today };
    this.ownOther = daysFrom(asked.get('from2'), asked.get('to2')) ?? daysBefore(this.own);
  }
  tick() {
    this.today = dayOf(Date.now(), this.zone);
  }

  #valid = (days: Days) => daysFrom(days.from, days.to > this.today ? this.today : days.to);
  readonly isValid = $derived(this.range !== 'own' || !!this.#valid(this.own));
  readonly isOtherValid = $derived(this.comparison !== 'own' || !!this.#valid(this.ownOther));
  /** The days in the fields, if they're right; the last 30 otherwise. */
  readonly days = $derived.by<Days>(() => {
    if (this.range === 'year') return { from: yearBefore(this.today), to: this.today };
    if (this.range === 'own') return this.#valid(this.own) ?? { from: addDays(this.today, -29), to: this.today };
    return { from: addDays(this.today, 1 - Number(this.range)), to: this.today };
  });
  readonly other = $derived.by<Days | undefined>(() => {
    if (this.comparison === 'before') return daysBefore(this.days);
    if (this.comparison === 'year') return { from: aYearBack(this.days.from), to: aYearBack(this.days.to) };
    return this.comparison === 'own' ? this.#valid(this.ownOther) : undefined;
  });
  readonly months = $derived(lengthOf(this.days) > kMostDays);
  /** What the API is asked about breakdowns. */
  readonly query = $derived(`from=${this.days.from}&to=${this.days.to}`);
  readonly otherQuery = $derived(this.other ? `from=${this.other.from}&to=${this.other.to}` : '');

  /** After a choice: the address says it, too, so that it can be shared and come back to. */
  keep() {
    const own = this.range === 'own' && this.isValid;
    const other = this.comparison === 'own' && this.isOtherValid;
    router.setQuery({
      range: this.range === '30' ? '' : this.range,
      from: own ? this.own.from : '', to: own ? this.own.to : '',
      compare: this.comparison === 'none' ? '' : this.comparison,
      from2: other ? this.ownOther.from : '', to2: other ? this.ownOther.to : '',
    });
  }
  keepZone() {
    this.tick();
    router.setQuery({ tz: this.zone === timeZone() ? '' : this.zone });
    try {
      localStorage.setItem(this.#key, this.zone);
    } catch {
      // The address has it.
    }
  }
}
