// The texts of the studio in the language that was chosen. How to add a language: studio/README.md.
import { en } from './en';
import { language, type Language } from './locale';

/** The shape of the texts: every key of English, and a function wherever English has one. */
type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends (...given: infer Given) => string ? (...given: Given) => string : T[K] extends object ? Texts<T[K]> : T[K] };
export type Messages = Texts<typeof en>;

/** English comes with the program; every other language is loaded by those who read it. */
const others: Record<Exclude<Language, 'en'>, () => Promise<Messages>> = { de: () => import('./de').then((found) => found.de) };

/** In English until `loadTexts` is done: no module may read a text while it is loaded. */
export let m: Messages = en;

export async function loadTexts() {
  if (language === 'en') return;
  m = await others[language]();
}

export { language, languages, locale, switchTo, type Language } from './locale';
