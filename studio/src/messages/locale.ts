// Which language the studio speaks, and how its numbers and dates are written. Knows no texts: those of every language may use it.

/** Every language of the studio by its code (BCP 47), as its speakers call it. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const kChosen = 'carillon.language';
const isKnown = (code: string | null): code is Language => code !== null && Object.hasOwn(languages, code);
const primary = (tag: string) => tag.split('-')[0]!.toLowerCase();

function remembered(): string | null {
  try {
    return localStorage.getItem(kChosen);
  } catch {
    return null; // the browser keeps nothing for this site
  }
}

/** The language chosen in this browser; without a choice, the first of the browser's languages that the studio has. */
export const language: Language = (() => {
  const chosen = remembered();
  return isKnown(chosen) ? chosen : (navigator.languages.map(primary).find(isKnown) ?? 'en');
})();

/** For Intl: with the region that the browser names for this language, e.g. "de-AT", "en-GB". */
export const locale: string = navigator.languages.find((tag) => primary(tag) === language) ?? language;

/** Remembers the language in this browser and loads the page again in it. */
export function switchTo(wanted: Language) {
  try {
    localStorage.setItem(kChosen, wanted);
  } catch {
    return; // without a place to remember it, loading the page again would change nothing
  }
  location.reload();
}

export const count = (value: number) => new Intl.NumberFormat(locale).format(value);

/** The forms of a noun after a number; a language has those that Intl.PluralRules names for it. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** For the texts of `code`: "1 episode", "2 episodes". */
export function plurals(code: Language) {
  const rules = new Intl.PluralRules(code);
  return (value: number, forms: Forms) => `${count(value)} ${forms[rules.select(value)] ?? forms.other}`;
}

/** Texts for values that come from the server: every language has these, and a value that is not among them has none. */
export const byValue = <T extends Record<string, string>>(texts: T) => texts as T & Readonly<Record<string, string | undefined>>;
