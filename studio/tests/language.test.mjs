// The studio in German: chosen by the browser or by a person, remembered, and without a word of English of its own.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isFit, person, press, root, squeezed, stage, texts, until } from './harness.mjs';

function* entries(tree, path = '') {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'object') yield* entries(value, `${path}${key}.`);
    else yield [path + key, value];
  }
}
const english = new Map(entries(await texts('en')));
const translated = new Map(entries(await texts('de')));
const german = new Set([...translated.values()].filter((text) => typeof text === 'string'));
/** Texts that are not German, too. */
const plain = [...english.values()].filter((text) => typeof text === 'string' && /\p{L}{2}/u.test(text) && !german.has(text));
/** Texts with values in them, as patterns; without those of which little is left beside the values. */
const patterns = [...english].flatMap(([key, text]) => {
  if (typeof text !== 'function') return [];
  return [[202, 303, 404, 505], [1, 1, 1, 1]].flatMap((given) => {
    if (text(...given) === translated.get(key)(...given)) return [];
    const parts = text(...given).split(new RegExp(given.join('|')));
    return parts.join('').replace(/\P{L}/gu, '').length >= 6 ? [`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.{1,80}')}$`] : [];
  });
});

/** The texts of the page, also those for screen readers, that are the studio's in English. What is marked as another language is not looked at. */
const englishOn = (page) =>
  page.evaluate(
    ([plain, patterns]) => {
      const here = new Set();
      const take = (text) => text?.trim() && here.add(text.trim().replace(/\s+/g, ' '));
      take(document.title.replace(' · Carillon', ''));
      for (const one of document.querySelectorAll('body *')) {
        if (one.closest('script, style, noscript') || one.closest('[lang]').lang !== 'de') continue;
        for (const name of ['aria-label', 'placeholder', 'title', 'alt']) take(one.getAttribute(name));
        for (const child of one.childNodes) if (child.nodeType === Node.TEXT_NODE) take(child.data);
        if (!one.querySelector('div, section, ul, ol, table, form, p')) take(one.textContent);
      }
      const whole = new Set(plain);
      const long = plain.filter((text) => text.split(' ').length >= 4);
      const shapes = patterns.map((pattern) => new RegExp(pattern));
      return [...here].filter((text) => whole.has(text) || long.some((part) => text.includes(part)) || shapes.some((shape) => shape.test(text)));
    },
    [plain, patterns],
  );
async function isGerman(page, what) {
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de', what);
  assert.deepEqual(await englishOn(page), [], what);
}
const phone = { width: 360, height: 780 };

test('there is English to be found', () => assert.ok(plain.length > 500 && patterns.length > 100, `${plain.length} texts, ${patterns.length} patterns`));

const first = stage();
first.walk('a German browser gets German from the first page to the published episode', async (visit) => {
  const { world } = visit;
  const page = await visit.page({ locale: 'de-AT', viewport: phone });
  await page.goto(world.json('welcome').link);
  await page.getByRole('heading', { name: 'Willkommen bei Carillon' }).waitFor();
  await isGerman(page, 'who you are');
  await isFit(page, 'welcome in German', ['light', 'dark']);
  await page.getByLabel('Dein Name').fill(person.name);
  await page.getByLabel('E-Mail-Adresse').fill(person.email);
  await page.getByLabel('Passwort').fill(person.password);
  await press(page.getByRole('button', { name: 'Weiter' }));
  await page.getByLabel('Wie heißt dein Netzwerk?').fill('Hafenfunk');
  await isGerman(page, 'your network');
  await press(page.getByRole('button', { name: 'Weiter' }));
  await page.getByLabel('Wie heißt dein Podcast?').fill('Glocken am Morgen');
  await isGerman(page, 'your first show');
  assert.equal(await page.getByLabel('Sprache des Podcasts').inputValue(), 'de');
  await page.getByLabel('Kategorie').selectOption('Arts');
  await press(page.getByRole('button', { name: 'Podcast anlegen' }));

  await page.getByRole('heading', { name: 'Noch keine Episoden' }).waitFor();
  await isGerman(page, 'no episodes yet');
  const chooser = page.waitForEvent('filechooser');
  await press(page.getByRole('button', { name: 'Aufnahme auswählen' }));
  await (await chooser).setFiles(world.recording('ebbe und flut.wav'));
  await page.waitForURL(/\/studio\/episodes\//);
  await page.getByLabel('Titel', { exact: true }).fill('Ebbe und Flut');
  await page.getByRole('textbox', { name: 'Shownotes' }).fill('Wir reden über **Gezeiten**.');
  await page.getByText('Alle Änderungen gespeichert').waitFor();
  await page.getByText(/0:08 ·/).waitFor();
  await isGerman(page, 'a draft');
  await press(page.getByRole('button', { name: 'Planen' }));
  await page.getByText('In deiner Zeitzone, Europe/Berlin.').waitFor();
  await page.getByLabel('Veröffentlichen am').fill('2099-12-01T18:00');
  await isGerman(page, 'when to publish');
  await press(page.getByRole('button', { name: 'Planen', exact: true }));
  // Dates as in Austria: the browser said so.
  await page.getByText(/Erscheint am 0?1\.12\.2099,? 18:00/).first().waitFor();
  await isGerman(page, 'a scheduled episode');
  await press(page.getByRole('button', { name: 'Jetzt veröffentlichen' }));
  await page.getByText('Episode veröffentlicht.').waitFor();
  await page.getByRole('heading', { name: 'Teilen' }).waitFor();
  await isGerman(page, 'a published episode');
  await isFit(page, 'an episode in German', ['light', 'dark']);
  await press(page.getByRole('button', { name: 'Zurückziehen' }));
  await page.getByRole('dialog').getByText('Diese Episode zurückziehen?').waitFor();
  await isGerman(page, 'the question before it is unpublished');
  await press(page.getByRole('dialog').getByRole('button', { name: 'Zurückziehen' }));
  await page.getByText('Episode zurückgezogen.').waitFor();
  await isGerman(page, 'an unpublished episode');
});

const source = fs.readFileSync(path.join(root, 'studio/src/router.svelte.ts'), 'utf8');
const routes = [...source.matchAll(/\{ name: '([^']+)', path: '([^']+)'[^\n]*/g)].map(([line, name, pattern]) => ({ name, pattern, everyone: line.includes("who: 'everyone'") }));
let given;
const { walk } = stage({ configuration: '[certificates]\nnames = ["pod.test"]\n' }, async (world) => {
  await world.operator();
  world.run('show', 'create', 'glocken', '--title', 'Glocken am Morgen', '--author', 'Hafenfunk', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'Was die Glocken erzählen.', '--language', 'de');
  const made = world.json('publish', world.recording('erste.wav', 5), '--show', 'glocken', '--title', 'Die erste Glocke', '--number', '1');
  given = { show: 'glocken', id: made.id, name: 'localhost', link: '0'.repeat(43) };
});

walk('the language is switched in the menu, remembered, and switched back', { expected: /401/ }, async (visit) => {
  const page = await visit.signedInAs(await visit.person('Nils Kai', '--role', 'owner'));
  await page.goto(visit.studio('/shows/glocken'));
  await page.getByRole('link', { name: 'Die erste Glocke' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await page.getByLabel('Studio language').selectOption('de');
  await page.getByRole('button', { name: 'Neue Episode' }).waitFor();
  await isGerman(page, 'after the switch');
  await page.reload();
  await page.getByRole('button', { name: 'Neue Episode' }).waitFor();
  await isGerman(page, 'after a reload');
  // Also where nobody is signed in.
  await page.getByRole('button', { name: 'Abmelden' }).click();
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await isGerman(page, 'the page to sign in');
  await page.getByLabel('Sprache des Studios').selectOption('en');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
});

walk('what is not saved is asked about before the language changes', async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio('/shows/glocken/settings'));
  await page.getByLabel('Copyright').fill('Hafenfunk');
  const asked = page.waitForEvent('dialog');
  void page.getByLabel('Studio language').selectOption('de').catch(() => {});
  await (await asked).dismiss();
  assert.equal(await page.getByLabel('Copyright').inputValue(), 'Hafenfunk');
  assert.equal(await page.getByLabel('Studio language').inputValue(), 'en');
});

for (const route of routes) {
  walk(`${route.name} has no English on it and fits a phone`, { expected: route.name === 'welcome' ? /404/ : undefined }, async (visit) => {
    if (route.name === 'incident') {
      // It takes a while until there is one; only its own page waits for it.
      visit.world.run('cert', 'watch', await visit.world.stranger(), '--steward', 'ada@example.org');
      given.incident = (await until(() => visit.world.json('incident', 'list')[0], 'somebody is told that nothing answers there')).id;
    }
    const page = await (route.everyone ? visit.page({ viewport: phone }) : visit.signedIn({ viewport: phone }));
    await page.addInitScript(() => localStorage.setItem('carillon.language', 'de'));
    const address = route.pattern.replace(/:(\w+)/g, (_, name) => encodeURIComponent(route.name === 'incident' ? given.incident : given[name]));
    await page.goto(visit.studio(address));
    await page.locator('h1').first().waitFor();
    await page.waitForFunction(() => !document.querySelector('.loading'));
    await isGerman(page, route.name);
    assert.deepEqual(await squeezed(page), [], route.name);
    await isFit(page, `${route.name}-de-360`, ['light', 'dark']);
  });
}
