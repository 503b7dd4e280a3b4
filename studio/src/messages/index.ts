// All text of the studio. Another language is one more file beside en.ts, and one more line in `languages`.
import { en } from './en';

/** The shape of the texts: what is a function in English is one in every language. */
type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends (...a: never[]) => string ? T[K] : Texts<T[K]> };
export type Messages = Texts<typeof en>;

const languages: Record<string, Messages> = { en };

const chosen = navigator.languages.map((one) => one.split('-')[0]!.toLowerCase()).find((one) => one in languages) ?? 'en';
export const m: Messages = languages[chosen]!;
export const language = chosen;
