import { expect, test } from 'vitest';
import { kLanguages, languagesByName, likelyLanguage } from './languages';

test('a show is proposed the language of the browser, if directories know it', () => {
  expect(likelyLanguage(['de-AT', 'en'])).toBe('de');
  expect(likelyLanguage(['tlh', 'cy-GB', 'en'])).toBe('cy');
  expect(likelyLanguage(['x-mine'])).toBe('en');
  expect(likelyLanguage([])).toBe('en');
});
test('every language offered has a name and is offered once', () => {
  expect(new Set(kLanguages).size).toBe(kLanguages.length);
  for (const { code, name } of languagesByName()) expect(name, code).not.toBe(code);
  expect(new Set(languagesByName().map(({ name }) => name)).size).toBe(kLanguages.length);
});
