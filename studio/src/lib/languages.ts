// The languages that shows are offered; any other may be written in the settings.
import { locale } from '../messages/locale';

export const kLanguages = ['ar', 'bg', 'bn', 'ca', 'cs', 'cy', 'da', 'de', 'de-AT', 'de-CH', 'el', 'en', 'en-AU', 'en-GB', 'en-US', 'es', 'es-MX', 'et', 'eu', 'fa', 'fi', 'fr', 'fr-CA', 'ga', 'gl', 'he', 'hi', 'hr', 'hu', 'id', 'is', 'it', 'ja', 'ko', 'lt', 'lv', 'ms', 'nb', 'nl', 'pl', 'pt', 'pt-BR', 'ro', 'ru', 'sk', 'sl', 'sr', 'sv', 'sw', 'ta', 'th', 'tr', 'uk', 'ur', 'vi', 'zh', 'zh-TW'];

/** "de-CH" → "Swiss High German", in the language of the studio. */
export const languageName = (code: string) => new Intl.DisplayNames([locale], { type: 'language' }).of(code) ?? code;

/** Those offered, by their names. */
export const languagesByName = () => kLanguages.map((code) => ({ code, name: languageName(code) })).sort((a, b) => a.name.localeCompare(b.name, locale));

/** What somebody with these languages in the browser most likely publishes in: the first that is offered. */
export function likelyLanguage(browser: readonly string[] = navigator.languages): string {
  for (const tag of browser) {
    const primary = tag.split('-')[0]!.toLowerCase();
    if (kLanguages.includes(primary)) return primary;
  }
  return 'en';
}
