// A show's settings, cover, domain and end, in a real browser against the real server.
import assert from 'node:assert/strict';
import { devices, frames, phone, png, press, stage, stop, until } from './harness.mjs';

const { walk } = stage();

const feed = (page, show) => page.evaluate(async (slug) => (await fetch(`/feeds/${slug}`, { cache: 'no-store' })).text(), show);
const save = (page) => page.getByRole('button', { name: 'Save', exact: true });
const saved = (page) => page.getByText('All changes saved').waitFor();

walk('what is changed in the settings is in the feed', async (visit) => {
  const page = await visit.signedIn();
  const show = visit.show();
  visit.episode(show);
  await page.goto(visit.studio(`/shows/${show}/settings`));
  await page.getByLabel('Title', { exact: true }).fill('Bells at noon');
  await page.getByLabel('Category', { exact: true }).selectOption('Arts');
  await page.getByLabel('Subcategory').selectOption('Design');
  await page.getByLabel('Mark as explicit').check();
  await page.getByRole('button', { name: 'Add support link' }).click();
  await page.getByLabel('Support link', { exact: true }).fill('https://example.org/give');
  await page.getByLabel('Button text').fill('Give a bell');
  await page.getByText('More for apps').click();
  await page.getByRole('button', { name: 'Add person' }).click();
  await page.getByRole('group', { name: 'Person 1' }).getByLabel('Name').fill('Ada Tide');
  await page.getByText(/^Not saved yet: title, category/).first().waitFor();
  await save(page).click();
  await saved(page);
  const text = await feed(page, show);
  for (const part of [/<title>Bells at noon<\/title>/, /<itunes:category text="Arts">\s*<itunes:category text="Design"/, /<itunes:explicit>true/, /<podcast:funding url="https:\/\/example\.org\/give">Give a bell/, /<podcast:person[^>]*>Ada Tide/]) assert.match(text, part);
});

for (const device of devices) {
  walk(`links to where a show is heard are added, named by where they lead, and taken away, on a ${device.name}`, { device, expected: /422/ }, async (visit) => {
    const page = await visit.signedIn();
    const show = visit.show();
    visit.episode(show);
    // From where the show is submitted.
    await page.goto(visit.studio(`/shows/${show}/directories`));
    await press(page.getByRole('link', { name: 'Link to your show there' }));
    await page.getByRole('heading', { name: 'Where to listen' }).waitFor();
    await saved(page);
    await press(page.getByRole('button', { name: 'Add link' }));
    await page.getByRole('group', { name: 'Link 1' }).getByLabel('Link to the show').pressSequentially('http://open.spotify.com/show/1');
    await press(save(page));
    await page.getByText(/must be a web address that begins with https/).waitFor();
    await page.getByRole('group', { name: 'Link 1' }).getByLabel('Link to the show').fill('https://open.spotify.com/show/1');
    await press(page.getByRole('button', { name: 'Add link' }));
    await page.getByRole('group', { name: 'Link 2' }).getByLabel('Link to the show').fill('https://example.org/listen');
    await page.getByRole('group', { name: 'Link 2' }).getByLabel('Name').fill('Our player');
    await press(save(page));
    await saved(page);
    await page.getByRole('group', { name: 'Spotify' }).waitFor();
    await stop(page);
    const heard = await visit.page();
    await heard.goto(visit.world.origin + `/shows/${show}`);
    assert.equal(await heard.getByRole('link', { name: 'Spotify' }).getAttribute('href'), 'https://open.spotify.com/show/1');
    assert.equal(await heard.getByRole('link', { name: 'Our player' }).getAttribute('href'), 'https://example.org/listen');
    await press(page.getByRole('button', { name: 'Remove Spotify' }));
    await press(save(page));
    await saved(page);
    await heard.reload();
    assert.equal(await heard.getByRole('link', { name: 'Spotify' }).count(), 0);
    assert.equal(await heard.getByRole('link', { name: 'Our player' }).count(), 1);
  });
}

walk('what is wrong is led to at once, and can be discarded with a slow hand', { expected: /422/ }, async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${visit.show()}/settings`));
  await saved(page);
  await page.getByText('More for apps').click();
  await page.getByRole('button', { name: 'Add person' }).click();
  await page.getByRole('group', { name: 'Person 1' }).getByLabel('Name').fill('Ada Tide');
  await page.getByLabel('Image URL').fill('no address');
  // From the end of the page it is a long way back to the field, and the bar with the buttons moves on that way.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await save(page).click();
  await page.getByText(/must be a web address/).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field-persons[0].img');
  // What is under the pointer when it goes down is still there when it comes up.
  const { x, y, width, height } = await page.getByRole('button', { name: 'Discard' }).boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await frames(page, 30);
  await page.mouse.up();
  await saved(page);
  assert.equal(await page.getByRole('group', { name: /Person/ }).count(), 0);
});

walk('what is being saved cannot be discarded', async (visit) => {
  const page = await visit.signedIn();
  const show = visit.show();
  await page.goto(visit.studio(`/shows/${show}/settings`));
  await saved(page);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(`**/api/v1/shows/${show}`, async (route) => {
    if (route.request().method() === 'PATCH') await held;
    await route.continue();
  });
  await page.getByLabel('Author').fill('The tower');
  await save(page).click();
  await page.getByText('Saving', { exact: false }).first().waitFor();
  assert.ok(await page.getByRole('button', { name: 'Discard' }).isDisabled());
  release();
  await saved(page);
  assert.equal(await page.getByLabel('Author').inputValue(), 'The tower');
});

walk('what is not saved is not left without asking: by a link, Back, Forward, or closing', async (visit) => {
  const page = await visit.signedIn();
  const show = visit.show();
  visit.episode(show);
  await page.goto(visit.studio(`/shows/${show}`));
  await page.getByRole('link', { name: 'The first bell' }).waitFor();
  await page.getByRole('link', { name: 'Directories' }).click();
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  const author = page.getByLabel('Author');
  await author.click();
  await author.fill('Not yet');
  const asked = [];
  let leave = false;
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    return leave ? dialog.accept() : dialog.dismiss();
  });
  const stays = async (count) => {
    await until(() => asked.length === count, 'it asks');
    await page.waitForURL(/\/settings$/);
    assert.equal(await author.inputValue(), 'Not yet');
  };
  await page.getByRole('link', { name: 'Directories' }).click();
  await stays(1);
  await page.evaluate(() => history.back());
  await stays(2);
  // Two steps at once are taken back as well, and nobody is asked about that.
  await page.evaluate(() => history.go(-2));
  await stays(3);
  await page.close({ runBeforeUnload: true });
  await stays(4);
  assert.deepEqual(asked, ['confirm', 'confirm', 'confirm', 'beforeunload']);
  leave = true;
  await page.evaluate(() => history.back());
  await page.waitForURL(/\/directories$/);
  await page.getByRole('link', { name: 'Open Spotify' }).waitFor();
  // What was left is not kept, and asks nothing any more.
  await page.evaluate(() => history.forward());
  await page.waitForURL(/\/settings$/);
  await saved(page);
  assert.equal(await author.inputValue(), 'Harbour Media');
  await page.evaluate(() => history.go(-2));
  await page.getByRole('link', { name: 'The first bell' }).waitFor();
  assert.equal(asked.length, 5);
});

walk('the cover is checked by the server, shown at once, and can be restored', { expected: /422/ }, async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${visit.show()}/settings`));
  const chooser = page.locator('input[type=file]');
  await page.locator('#field-cover').waitFor();
  const shown = () => page.locator('.cover img').getAttribute('src');
  const before = await shown();
  await chooser.setInputFiles({ name: 'small.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await page.locator('#cover-error').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Crop and scale it' }).count(), 0);
  await chooser.setInputFiles({ name: 'small.png', mimeType: 'image/png', buffer: png(700) });
  await page.getByText(/700 × 700 pixels/).waitFor();
  await page.getByRole('button', { name: 'Crop and scale it' }).click();
  await until(async () => (await shown()) !== before, 'the scaled cover is shown');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until(async () => (await shown()) === before, 'the old cover is back');
  await chooser.setInputFiles({ name: 'cover.png', mimeType: 'image/png', buffer: png(1500) });
  await until(async () => (await shown()) !== before, 'the new cover is shown');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until(async () => (await shown()) === before, 'the old cover is back');
});

for (const device of devices) {
  walk(`two people edit the settings: nothing is overwritten, field by field one chooses, on a ${device.name}`, { device, expected: /412|ERR_FAILED/ }, async (visit) => {
    const [mine, copyright, theirs, link] = ['The tower', '© the tower', 'The quay', 'https://example.org/quay'];
    const show = visit.show();
    const page = await visit.signedIn();
    const other = await visit.signedIn();
    await page.goto(visit.studio(`/shows/${show}/settings`));
    await page.getByLabel('Author').waitFor();
    await other.goto(visit.studio(`/shows/${show}/settings`));
    const before = await visit.api(other, 'GET', `/shows/${show}`);
    // The first browser does not hear of it before it saves.
    await page.route('**/api/v1/events*', (route) => route.abort());
    await page.reload();
    await page.getByLabel('Author').fill(mine);
    await page.getByLabel('Copyright').fill(copyright);
    await other.getByLabel('Author').fill(theirs);
    await other.getByLabel('Website').fill(link);
    await press(save(other));
    await saved(other);
    await press(save(page));
    await page.getByText('Someone else has changed the same settings: author').waitFor();
    await page.getByText(/Someone else has made changes: website/).waitFor();
    await stop(page);
    assert.equal((await visit.api(other, 'GET', `/shows/${show}`)).author, theirs);
    assert.equal((await visit.api(other, 'GET', `/shows/${show}`)).copyright, before.copyright);
    await page.getByRole('radio', { name: /Keep my version/ }).check();
    await press(page.getByRole('button', { name: 'Save my choice' }));
    await saved(page);
    const now = await visit.api(other, 'GET', `/shows/${show}`);
    assert.deepEqual([now.author, now.copyright, now.link], [mine, copyright, link]);
    // Whoever has nothing unsaved sees the other's change.
    await until(async () => (await other.getByLabel('Author').inputValue()) === mine, 'the other sees it');
  });
}

walk('what directories would say leads to the field', async (visit) => {
  const show = visit.show({ more: ['--category', 'Arts > Design'] });
  visit.episode(show);
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}/directories`));
  await page.getByRole('link', { name: 'Fix', exact: true }).first().click();
  await until(() => page.evaluate(() => document.activeElement.id === 'field-owner_email'), 'the field has the focus');
  await page.getByLabel('Email address for directories').fill('owner@example.org');
  await save(page).click();
  await saved(page);
  await page.getByText('No problems found.').or(page.getByRole('link', { name: 'Open episode' }).first()).waitFor();
  assert.match(await feed(page, show), /owner@example\.org/);
  await page.goto(visit.studio(`/shows/${show}/settings?field=cover`));
  await until(() => page.evaluate(() => document.activeElement.id === 'field-cover'), 'the cover has the focus');
  await visit.everybodyCan(page, `/shows/${show}/settings`, saved);
  await visit.everybodyCan(page, `/shows/${show}/directories`, (other) => other.getByRole('link', { name: 'Open Spotify' }).waitFor());
});

walk('a show whose feed only this machine can fetch is not called ready', async (visit) => {
  const show = visit.show({ more: ['--category', 'Arts > Design', '--email', 'owner@example.org'] });
  visit.episode(show);
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}/directories`));
  await page.getByText('isn’t a public name').waitFor();
  await page.getByText('Not public yet').first().waitFor();
  assert.equal(await page.getByText('Ready to submit').count(), 0);
  // Nor do the settings say that nothing is wrong.
  await page.goto(visit.studio(`/shows/${show}/settings`));
  await page.getByText(/isn't a public name|can't reach it/).first().waitFor();
  assert.equal(await page.getByText('No problems found.').count(), 0);
  // The same feed at a public name.
  await page.route(`**/api/v1/shows/${show}/check`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { items: (await response.json()).items.filter((one) => one.field !== 'feed') } });
  });
  await page.goto(visit.studio(`/shows/${show}/directories`));
  await page.getByText('Ready to submit').first().waitFor();
  assert.equal(await page.getByText('Not public yet').count(), 0);
});

walk('a show is ready only with a category that was chosen, a language that directories know, and something published', async (visit) => {
  const page = await visit.signedIn();
  const show = `plain-${visit.number}`;
  await page.goto(visit.studio('/'));
  await visit.api(page, 'POST', '/shows', { slug: show, title: 'Plain', language: 'tlh', owner_email: 'owner@example.org' });
  await page.goto(visit.studio(`/shows/${show}/directories`));
  for (const text of [/No category has been chosen/, /two-letter code/, /publish one/]) await page.getByText(text).first().waitFor();
  assert.equal(await page.getByText('Ready to submit').count(), 0);
  // Each leads to its field.
  await page.getByRole('listitem').filter({ hasText: /No category has been chosen/ }).getByRole('link').click();
  await until(() => page.evaluate(() => document.activeElement.id === 'field-category'), 'the category has the focus');
  await page.getByLabel('Category', { exact: true }).selectOption('Arts');
  await save(page).click();
  await saved(page);
  assert.match(await feed(page, show), /<itunes:category text="Arts"/);
});

walk('the audio format is changed for recordings to come', async (visit) => {
  const page = await visit.signedIn();
  const show = visit.show();
  const before = visit.episode(show);
  await page.goto(visit.studio(`/shows/${show}/settings`));
  await page.getByLabel('Audio format').selectOption({ label: 'Mono, 96 kbit/s: speech' });
  await page.getByText('Not saved yet: audio format').waitFor();
  await save(page).click();
  await saved(page);
  assert.equal(visit.world.json('show', 'show', show).format.bitrate, 96_000);
  const after = visit.episode(show, 'The second bell', 5);
  assert.ok(after.bytes < before.bytes * 0.9, `${after.bytes} and ${before.bytes} bytes`);
  assert.equal(visit.world.json('episode', 'show', before.id).etag, before.etag, 'what is published stays');
});

walk('on a phone the menu opens wherever the page is scrolled to, and leads on', { device: phone }, async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${visit.show()}/settings`));
  await saved(page);
  await page.getByRole('button', { name: 'Delete show' }).scrollIntoViewIfNeeded();
  await press(page.getByRole('button', { name: 'Menu' }));
  const people = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'People' });
  assert.ok((await people.boundingBox()).y < phone.options.viewport.height, 'it is on the screen');
  await stop(page);
  await press(people);
  await page.getByRole('heading', { name: 'People' }).waitFor();
  await until(async () => !(await people.isVisible()), 'the menu is out of the way');
});

for (const device of devices) {
  walk(`a domain of its own is added, explained and removed, on a ${device.name}`, { device }, async (visit) => {
    const show = visit.show();
    const domain = `bells-${visit.number}.example.org`;
    const page = await visit.signedIn();
    await page.goto(visit.studio(`/shows/${show}`));
    await press(page.getByRole('link', { name: 'Custom domain' }));
    await page.getByLabel('Domain', { exact: true }).fill(`https://B${domain.slice(1)}/`);
    await press(page.getByRole('button', { name: 'Add domain' }));
    await page.getByRole('heading', { name: domain }).waitFor();
    await page.getByText('Waiting for DNS').waitFor();
    assert.ok(await page.getByRole('textbox', { name: new RegExp(`[Rr]ecord (name )?for ${domain.replaceAll('.', '\\.')}`) }).first().inputValue());
    await visit.everybodyCan(page, `/shows/${show}/domains`, (other) => other.getByText('Waiting for DNS').waitFor());
    await press(page.getByRole('button', { name: 'Remove domain' }));
    await press(page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }));
    await page.getByText('No custom domain yet').waitFor();
    await stop(page);
  });
}

walk('an episode gets a cover of its own, and the show’s again', { expected: /422/ }, async (visit) => {
  const show = visit.show();
  const { id } = visit.episode(show);
  const page = await visit.signedIn();
  const inFeed = async () => /<item>.*<itunes:image href="([^"]+)"/s.exec(await feed(page, show))?.[1] ?? null;
  const shown = () => page.locator('.cover img').getAttribute('src');
  await page.goto(visit.studio(`/episodes/${id}`));
  await page.getByText('Show cover', { exact: true }).waitFor();
  const ofShow = await shown();
  assert.equal(await inFeed(), null);
  const chooser = page.locator('input[type=file][accept^="image/jpeg,image/png"]');
  await chooser.setInputFiles({ name: 'small.png', mimeType: 'image/png', buffer: png(1000) });
  await page.getByText(/1000 × 1000 pixels/).waitFor();
  assert.equal(await shown(), ofShow);
  await chooser.setInputFiles({ name: 'own.png', mimeType: 'image/png', buffer: png(1600) });
  await page.getByText('Episode cover', { exact: true }).waitFor();
  const own = await inFeed();
  // Small, where it is shown small.
  const small = own.replace(/\.jpg$/, '/300.jpg');
  assert.equal(await shown(), small);
  assert.equal(visit.world.json('episode', 'show', id).image, own);
  await visit.everybodyCan(page, `/episodes/${id}`, (other) => other.getByText('Episode cover', { exact: true }).waitFor());
  // What is typed meanwhile is saved as ever.
  await page.getByLabel('Title', { exact: true }).fill('The bell with a face');
  await until(() => visit.world.json('episode', 'show', id).title === 'The bell with a face', 'the title is saved');
  await page.getByRole('button', { name: 'Use the show’s cover' }).click();
  await page.getByText('Show cover', { exact: true }).waitFor();
  assert.equal(await inFeed(), null);
  assert.equal(await shown(), ofShow);
  await page.getByText('The episode now uses the show’s cover.').locator('..').getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Episode cover', { exact: true }).waitFor();
  assert.equal(await inFeed(), own, 'the same picture has the same address');
});

walk('a show is deleted and restored', async (visit) => {
  const show = visit.show();
  visit.episode(show);
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}/settings`));
  await page.getByRole('button', { name: 'Delete show' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.waitForURL(/\/studio\/$/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.waitForURL((url) => url.pathname.endsWith(`/shows/${show}`));
  await page.getByText('The first bell').waitFor();
});
