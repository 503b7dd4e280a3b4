// Every language has every text of English, with the same values in it.
import { expect, test } from 'vitest';
import { de } from './de';
import { en } from './en';

type Tree = { readonly [key: string]: string | ((...given: unknown[]) => string) | Tree };

/** "episodes.count" and the text, for all of them. */
function* all(tree: Tree, path = ''): Generator<[string, string | ((...given: unknown[]) => string)]> {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string' || typeof value === 'function') yield [path + key, value];
    else yield* all(value, `${path}${key}.`);
  }
}

const english = new Map(all(en as unknown as Tree));
const languages = Object.entries({ de }).map(([code, tree]) => [code, new Map(all(tree as unknown as Tree))] as const);

/** Numbers stand for anything: a text shows them wherever its value goes, and counts with them. All of them have one form in every language. */
const kGiven = [202, 303, 404, 505];
const placed = (shown: string) => kGiven.map((one) => shown.split(String(one)).length - 1);

/** Words that are the same in another language. */
const kSame = [
  '(optional)', 'Server', 'Uploads', 'Episode', 'Trailer', 'Bonus', 'Link', 'Pause', 'Feed', 'Website', 'Copyright', 'Problem', 'Domain', 'Name', 'Port', 'Webhook', 'Version', 'Manager', 'Analyst', 'Carillon', 'Code', 'Token', 'Status', 'Passphrase', 'Downloads', 'CSV', 'Apps',
];

for (const [code, texts] of languages) {
  test(`${code} has the keys of English and no others`, () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test(`the values stand in the texts of ${code} as they do in English`, () => {
    let compared = 0;
    for (const [key, given] of english) {
      const own = texts.get(key)!;
      expect(typeof own, key).toBe(typeof given);
      if (typeof given !== 'function' || typeof own !== 'function') continue;
      expect(placed(own(...kGiven)), key).toEqual(placed(given(...kGiven)));
      // Of one thing there is a form of its own in both or in neither.
      const withoutNumbers = (text: string) => text.replace(/\d+/g, '');
      const hasSingular = (text: (...given: unknown[]) => string) => withoutNumbers(text(1, 1, 1, 1)) !== withoutNumbers(text(...kGiven));
      if (hasSingular(given)) expect(hasSingular(own), key).toBe(true);
      ++compared;
    }
    expect(compared).toBeGreaterThan(100);
  });

  test(`no text of ${code} was left in English`, () => {
    const left = [...english].filter(([key, text]) => typeof text === 'string' && /\p{L}/u.test(text) && texts.get(key) === text && !kSame.includes(text));
    expect(left.map(([key, text]) => `${key}: ${String(text)}`)).toEqual([]);
  });
}
