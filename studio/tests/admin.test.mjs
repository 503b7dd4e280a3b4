// A show's settings and the people pages, in a real browser against the real server.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { axeFindings, desk, devices, person, phone, press, root, stop, until, World } from './harness.mjs';

let world;
let page;
/** One for each device. */
const pages = {};
before(async () => {
  world = await World.start();
  for (const device of devices) pages[device.name] = await world.signedIn(device.options);
  page = pages.desk;
  world.run('show', 'create', 'demo', '--title', 'Bells in the morning', '--author', 'Harbour Media', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'What the bells tell.');
  world.run('publish', world.recording('first.wav', 5), '--show', 'demo', '--title', 'The first bell');
});
after(() => world.stop());

const studio = (place) => `${world.origin}/studio${place}`;
const feed = (on) => on.evaluate(async () => (await fetch('/feeds/demo', { cache: 'no-store' })).text());
const api = (on, address, options = {}) => on.evaluate(async ([at, how]) => {
  const csrf = (await (await fetch('/api/v1/sessions/current')).json()).csrf;
  const answer = await fetch('/api/v1' + at, { ...how, headers: { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' } });
  return answer.status === 204 ? null : answer.json();
}, [address, options]);
const save = (on) => on.getByRole('button', { name: 'Save', exact: true });

/** The six digits of RFC 6238 for a secret in base32. */
function totp(secret, now = Date.now()) {
  const bits = [...secret.replace(/=+$/, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = crypto.createHmac('sha1', key).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

/** Whether the page can be used by everybody, in light, dark and on a phone. */
async function everybodyCan(place, ready) {
  for (const [colorScheme, device] of [['light', desk], ['dark', desk], ['light', phone]]) {
    const other = await pages[device.name].context().newPage();
    try {
      await other.emulateMedia({ colorScheme });
      await other.goto(studio(place));
      await ready(other);
      await other.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))).then(() => {}));
      if (process.env.SHOTS) await other.screenshot({ path: path.join(process.env.SHOTS, `${place.replace(/\W+/g, '-').slice(1)}-${colorScheme}-${device.name}.png`), fullPage: true });
      assert.deepEqual(await axeFindings(other), [], `${place} ${colorScheme} ${device.name}`);
      const over = await other.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${place} is ${over} px too wide on a ${device.name}`);
      await stop(other);
    } finally {
      await other.close();
    }
  }
  assert.deepEqual(world.trouble, []);
}

test('what is changed in the settings stands in the feed', async () => {
  await page.goto(studio('/shows/demo/settings'));
  await page.getByLabel('Title', { exact: true }).fill('Bells at noon');
  await page.getByLabel('Category', { exact: true }).selectOption('Arts');
  await page.getByLabel('Sub-category').selectOption('Design');
  await page.getByLabel('Contains explicit language').check();
  await page.getByRole('button', { name: 'Add a support link' }).click();
  await page.getByLabel('Support link', { exact: true }).fill('https://example.org/give');
  await page.getByLabel('Text of the button').fill('Give a bell');
  await page.getByText('More for apps').click();
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByRole('group', { name: 'Person 1' }).getByLabel('Name').fill('Ada Tide');
  await page.getByText('Not saved yet: title, category, explicit language, support links, people').or(page.getByText(/^Not saved yet: title, category/)).first().waitFor();
  await save(page).click();
  await page.getByText('All changes are saved').waitFor();
  const text = await feed(page);
  for (const part of [/<title>Bells at noon<\/title>/, /<itunes:category text="Arts">\s*<itunes:category text="Design"/, /<itunes:explicit>true/, /<podcast:funding url="https:\/\/example\.org\/give">Give a bell/, /<podcast:person[^>]*>Ada Tide/]) assert.match(text, part);
  await page.getByLabel('Address of a picture').fill('no address');
  await save(page).click();
  await page.getByText(/must be a web address/).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field-persons[0].img');
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText('All changes are saved').waitFor();
  assert.deepEqual(world.trouble.filter((line) => !line.includes('422')), []);
  world.trouble.length = 0;
});

test('what is not saved is not left without asking: by a link, Back, Forward, or closing', async () => {
  await page.goto(studio('/shows/demo'));
  await page.getByRole('link', { name: 'The first bell' }).waitFor();
  await page.getByRole('link', { name: 'Get listed' }).click();
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  const author = page.getByLabel('Author');
  await author.click();
  await author.fill('Not yet');
  const asked = [];
  let leave = false;
  const answer = (dialog) => {
    asked.push(dialog.type());
    return leave ? dialog.accept() : dialog.dismiss();
  };
  page.on('dialog', answer);
  const stays = async (count) => {
    await until(() => asked.length === count, 'it asks');
    await page.waitForURL(/\/demo\/settings$/);
    assert.equal(await author.inputValue(), 'Not yet');
  };
  await page.getByRole('link', { name: 'Get listed' }).click();
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
  await page.waitForURL(/\/demo\/directories$/);
  await page.getByRole('link', { name: 'Open Spotify' }).waitFor();
  // What was left is not kept, and asks nothing any more.
  await page.evaluate(() => history.forward());
  await page.waitForURL(/\/demo\/settings$/);
  await page.getByText('All changes are saved').waitFor();
  assert.equal(await author.inputValue(), 'Harbour Media');
  await page.evaluate(() => history.go(-2));
  await page.getByRole('link', { name: 'The first bell' }).waitFor();
  assert.equal(asked.length, 5);
  page.off('dialog', answer);
  assert.deepEqual(world.trouble, []);
});

test('the cover is checked by the server, shown at once, and can be brought back', async () => {
  world.expected = /422/;
  await page.goto(studio('/shows/demo/settings'));
  const chooser = page.locator('input[type=file]');
  await page.locator('#field-cover').waitFor();
  const before = await page.locator('.cover img').getAttribute('src');
  await chooser.setInputFiles({ name: 'small.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await page.locator('#cover-error').waitFor();
  await chooser.setInputFiles({ name: 'cover.png', mimeType: 'image/png', buffer: png(1500) });
  await until(async () => (await page.locator('.cover img').getAttribute('src')) !== before, 'the new cover is shown');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until(async () => (await page.locator('.cover img').getAttribute('src')) === before, 'the old cover is back');
  assert.deepEqual(world.trouble, []);
  world.expected = undefined;
});

for (const device of devices) {
  test(`two people edit the settings: nothing is overwritten, field by field one chooses, on a ${device.name}`, async () => {
    const page = pages[device.name];
    const [mine, copyright, theirs, link] = ['The tower', '© the tower', 'The quay', 'https://example.org/quay'].map((text) => `${text}-${device.name}`);
    world.expected = /412/;
    const other = await world.signedIn(device.options);
    await page.goto(studio('/shows/demo/settings'));
    await page.getByLabel('Author').waitFor();
    const before = await api(other, '/shows/demo');
    // The first browser does not hear of it before it saves.
    await page.route('**/api/v1/events*', (route) => route.abort());
    await other.goto(studio('/shows/demo/settings'));
    await page.getByLabel('Author').fill(mine);
    await page.getByLabel('Copyright').fill(copyright);
    await other.getByLabel('Author').fill(theirs);
    await other.getByLabel('Web site').fill(link);
    await press(save(other));
    await other.getByText('All changes are saved').waitFor();
    await until(async () => (await page.getByText('Somebody else changed the same meanwhile: author').count()) || (await save(page).isEnabled() && save(page).click().then(() => false, () => false)), 'the second is told');
    await page.getByText(/Somebody else has changed the show meanwhile: web site/).waitFor();
    await stop(page);
    assert.equal((await api(other, '/shows/demo')).author, theirs);
    assert.equal((await api(other, '/shows/demo')).copyright, before.copyright);
    await page.getByRole('radio', { name: /Keep mine/ }).check();
    await press(page.getByRole('button', { name: 'Save my choice' }));
    await page.getByText('All changes are saved').waitFor();
    const show = await api(other, '/shows/demo');
    assert.deepEqual([show.author, show.copyright, show.link], [mine, copyright, link]);
    // Whoever has nothing unsaved sees the other's change.
    await until(async () => (await other.getByLabel('Author').inputValue()) === mine, 'the other sees it');
    await page.unroute('**/api/v1/events*');
    await other.context().close();
    world.trouble = world.trouble.filter((line) => !/412|ERR_FAILED/.test(line));
    assert.deepEqual(world.trouble, []);
    world.expected = undefined;
  });
}

test('what directories would say leads to the field', async () => {
  await page.goto(studio('/shows/demo/directories'));
  await page.getByRole('link', { name: 'Mend it' }).first().click();
  await until(() => page.evaluate(() => document.activeElement.id === 'field-owner_email'), 'the field has the focus');
  await page.getByLabel('E-mail address for directories').fill('owner@example.org');
  await save(page).click();
  await page.getByText('All changes are saved').waitFor();
  await page.getByText('Nothing to complain about.').or(page.getByRole('link', { name: 'Open the episode' }).first()).waitFor();
  assert.match(await feed(page), /owner@example\.org/);
  await page.goto(studio('/shows/demo/settings?field=cover'));
  await until(() => page.evaluate(() => document.activeElement.id === 'field-cover'), 'the cover has the focus');
  await everybodyCan('/shows/demo/settings', (other) => other.getByText('All changes are saved').waitFor());
  await everybodyCan('/shows/demo/directories', (other) => other.getByRole('link', { name: 'Open Spotify' }).waitFor());
});

test('on a phone the menu opens wherever the page is scrolled to, and leads on', async () => {
  const page = pages.phone;
  await page.goto(studio('/shows/demo/settings'));
  await page.getByText('All changes are saved').waitFor();
  await page.getByRole('button', { name: 'Delete the show' }).scrollIntoViewIfNeeded();
  await press(page.getByRole('button', { name: 'Menu' }));
  const people = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'People' });
  assert.ok((await people.boundingBox()).y < phone.options.viewport.height, 'it is on the screen');
  await stop(page);
  await press(people);
  await page.getByRole('heading', { name: 'People' }).waitFor();
  await until(async () => !(await people.isVisible()), 'the menu is out of the way');
  assert.deepEqual(world.trouble, []);
});

for (const device of devices) {
  test(`a domain of its own is added, explained and removed, on a ${device.name}`, async () => {
    const page = pages[device.name];
    await page.goto(studio('/shows/demo'));
    await press(page.getByRole('link', { name: 'Own domain' }));
    await page.getByLabel('Domain', { exact: true }).fill('https://Bells.example.org/');
    await press(page.getByRole('button', { name: 'Add the domain' }));
    await page.getByRole('heading', { name: 'bells.example.org' }).waitFor();
    await page.getByText('Waiting for DNS').waitFor();
    assert.ok(await page.getByRole('textbox', { name: /record of bells\.example\.org/ }).first().inputValue());
    await everybodyCan('/shows/demo/domains', (other) => other.getByText('Waiting for DNS').waitFor());
    await press(page.getByRole('button', { name: 'Remove the domain' }));
    await press(page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }));
    await page.getByText('No domain of your own yet').waitFor();
    await stop(page);
    assert.deepEqual(world.trouble, []);
  });
}

test('somebody is invited, accepts, signs in, gets another role, and goes', async () => {
  await page.goto(studio('/people'));
  await page.getByLabel('E-mail address').fill('grace@example.org');
  await page.getByLabel('Role', { exact: true }).selectOption('analyst');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.getByLabel('Link to hand over').inputValue();
  await page.getByRole('heading', { name: 'Open invitations' }).waitFor();
  await everybodyCan('/people', (other) => other.getByRole('heading', { name: 'Open invitations' }).waitFor());

  const guest = await world.page();
  await guest.goto(link);
  await guest.getByLabel('What are you called?').fill('Grace Quay');
  await guest.getByLabel('Choose a password').fill('the quay is long and wet');
  await guest.getByRole('button', { name: 'Accept' }).click();
  await guest.getByText('can sign in now').waitFor();
  for (const colorScheme of ['light', 'dark']) {
    await guest.emulateMedia({ colorScheme });
    if (process.env.SHOTS) await guest.screenshot({ path: path.join(process.env.SHOTS, `welcome-done-${colorScheme}.png`) });
    assert.deepEqual(await axeFindings(guest), [], colorScheme);
  }
  await guest.getByRole('link', { name: 'Sign in' }).click();
  await guest.getByLabel('E-mail address').waitFor();
  await world.signIn(guest, { email: 'grace@example.org', password: 'the quay is long and wet' });
  // An analyst sees the settings, and cannot change them.
  await guest.goto(studio('/shows/demo/settings'));
  await guest.getByText('You can see the settings').waitFor();
  assert.ok(await guest.getByLabel('Title', { exact: true }).isDisabled());
  assert.equal(await save(guest).count(), 0);
  await guest.goto(studio('/people'));
  await guest.getByText('ada@example.org').waitFor();
  assert.equal(await guest.getByRole('button', { name: 'Invite', exact: true }).count(), 0);

  await page.reload();
  await page.getByLabel('Role of Grace Quay').selectOption('producer');
  await page.getByText('Grace Quay is Producer now.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Grace Quay is Analyst now.').waitFor();
  // Her open page loses its events at once, asks again, and is refused.
  world.expected = /403/;
  await page.getByRole('button', { name: 'Remove Grace Quay' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await until(async () => (await page.getByLabel('Role of Grace Quay').count()) === 0, 'she is gone');

  // Back again: she has an account, so nobody but she accepts, whoever has the link.
  await page.getByLabel('E-mail address').fill('grace@example.org');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const again = await page.getByLabel('Link to hand over').inputValue();
  const other = await page.context().newPage();
  await other.goto(again);
  await other.getByRole('link', { name: 'Sign in and accept' }).click();
  await other.getByRole('heading', { name: 'You are signed in as ada@example.org' }).waitFor();
  assert.deepEqual(await axeFindings(other), []);
  await other.close();
  const fresh = await world.page();
  await fresh.goto(again);
  await fresh.getByRole('link', { name: 'Sign in and accept' }).click();
  await fresh.getByRole('link', { name: 'Sign in to accept' }).click();
  await fresh.getByLabel('E-mail address').fill('grace@example.org');
  await fresh.getByLabel('Password').fill('the quay is long and wet');
  await fresh.getByRole('button', { name: 'Sign in' }).click();
  await press(fresh.getByRole('button', { name: 'Accept' }));
  await fresh.getByText('You belong to the network “Harbour Media” now.').waitFor();
  await fresh.context().close();
  await page.reload();
  await page.getByLabel('Role of Grace Quay').waitFor();
  await guest.context().close();
  world.expected = undefined;
  assert.deepEqual(world.trouble, []);
});

test('an operator creates a person, and an invitation is withdrawn', async () => {
  await page.goto(studio('/people?part=all'));
  await page.getByLabel('E-mail address').fill('noor@example.org');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const link = await page.getByLabel('Link to hand over').inputValue();
  await everybodyCan('/people?part=all', (other) => other.getByText('noor@example.org').waitFor());
  const guest = await world.page();
  await guest.goto(link);
  await guest.getByRole('heading', { name: 'Choose your password' }).waitFor();
  await guest.context().close();
  await page.getByRole('link', { name: 'This network' }).click();
  await page.getByLabel('E-mail address').fill('kim@example.org');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await until(async () => (await page.getByText('kim@example.org', { exact: true }).count()) === 0, 'it is withdrawn');
  assert.deepEqual(world.trouble, []);
});

test('the audit trail tells who did what, and what it was before', async () => {
  await page.goto(studio('/audit'));
  await page.getByText('changed the show').first().waitFor();
  await page.getByRole('searchbox').fill('noon');
  await page.locator('ins', { hasText: 'noon' }).first().waitFor();
  assert.ok(await page.locator('del', { hasText: 'morning' }).count());
  await everybodyCan('/audit', (other) => other.getByText('changed the show').first().waitFor());
});

test('a token works, with what it may, until it is removed', async () => {
  await page.goto(studio('/account/tokens'));
  await page.getByLabel('What is it for?').fill('The web site');
  await page.getByLabel('See shows and episodes').check();
  await page.getByLabel('Ends on').fill('2099-12-31');
  await page.getByRole('button', { name: 'Make the token' }).click();
  const token = await page.getByLabel('Token', { exact: true }).inputValue();
  const outside = await world.page();
  await outside.goto(studio('/sign-in'));
  const asked = (method, body) => outside.evaluate(async ([secret, how, text]) => (await fetch('/api/v1/shows/demo', { method: how, body: text, credentials: 'omit', headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' } })).status, [token, method, body]);
  world.expected = /401|403/;
  assert.equal(await asked('GET'), 200);
  assert.equal(await asked('PATCH', '{"title":"No"}'), 403);
  await everybodyCan('/account/tokens', (other) => other.getByText('The web site').waitFor());
  await page.getByRole('button', { name: 'Remove the token “The web site”' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('No token yet').waitFor();
  assert.equal(await asked('GET'), 401);
  await outside.context().close();
  assert.deepEqual(world.trouble, []);
  world.expected = undefined;
});

test('name, sessions and password are changed by their owner', async () => {
  world.expected = /401|403|422/;
  const other = await world.signedIn();
  await page.goto(studio('/account'));
  await page.getByLabel('Name', { exact: true }).fill('Ada Bell');
  await save(page).click();
  await page.getByText('Your name is changed.').waitFor();
  await page.getByRole('navigation', { name: 'Main' }).getByText('Ada Bell').waitFor();
  await page.getByText('This browser').waitFor();
  await everybodyCan('/account', (one) => one.getByText('This browser').waitFor());
  // Whoever is signed in elsewhere would be sent away, and complain of it.
  await pages.phone.context().close();
  await page.getByLabel('Current password').fill('wrong wrong wrong');
  await page.getByLabel('New password').fill('the tide waits for nobody at all');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await until(() => page.evaluate(() => document.activeElement.id === 'field-current_password'), 'the present password is asked for again');
  await page.getByLabel('Current password').fill(person.password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText(/Your password is changed/).waitFor();
  person.password = 'the tide waits for nobody at all';
  await other.goto(studio('/people'));
  await other.waitForURL(/sign-in/);
  await other.context().close();
  assert.deepEqual(world.trouble, []);
  world.expected = undefined;
  pages.phone = await world.signedIn(phone.options);
});

test('a second factor is set up, asked for at sign-in, and taken off again', async () => {
  world.expected = /401|422/;
  await page.goto(studio('/account'));
  await page.getByRole('button', { name: 'Set it up' }).click();
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue();
  assert.match(await page.getByLabel('Address for the app').inputValue(), /^otpauth:\/\/totp\//);
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('region', { name: 'Second factor' }).getByLabel('Current password').fill(person.password);
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await until(() => page.evaluate(() => document.activeElement.id === 'field-code'), 'another code is asked for');
  await page.getByLabel('Code', { exact: true }).fill(totp(secret));
  await page.getByRole('button', { name: 'Turn it on' }).click();
  const codes = (await page.getByLabel('Your recovery codes').getByRole('textbox').inputValue()).split(' ');
  assert.equal(codes.length, 10);
  assert.deepEqual(await axeFindings(page), []);

  const other = await world.page();
  const begin = async () => {
    await other.goto(studio('/sign-in'));
    await other.getByLabel('E-mail address').fill(person.email);
    await other.getByLabel('Password').fill(person.password);
    await other.getByRole('button', { name: 'Sign in' }).click();
  };
  await begin();
  // A code works once; this is the one of the half minute to come.
  await other.getByLabel('Code from your authenticator app').fill(totp(secret, Date.now() + 30_000));
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.waitForURL(/\/studio\/$/);
  await other.getByRole('button', { name: 'Sign out' }).click();
  // Going elsewhere before the server has answered would leave the session.
  await other.getByLabel('E-mail address').waitFor();
  await begin();
  await other.getByLabel('Code from your authenticator app').fill(codes[0]);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.waitForURL(/\/studio\/$/);

  await page.getByRole('button', { name: 'Do without it' }).click();
  await page.getByRole('dialog').getByLabel('Current password').fill(person.password);
  await page.getByRole('dialog').getByLabel('Code from your app').fill('00000-00000');
  await page.getByRole('dialog').getByRole('button', { name: 'Do without it' }).click();
  await page.getByRole('dialog').getByText('This is neither the code').waitFor();
  await page.getByRole('dialog').getByLabel('Code from your app').fill(codes[1]);
  await page.getByRole('dialog').getByRole('button', { name: 'Do without it' }).click();
  await page.getByText('The second factor is off.').waitFor();
  await other.context().close();
  assert.deepEqual(world.trouble, []);
  world.expected = undefined;
});

test('an episode gets a cover of its own, and the show’s again', async () => {
  world.expected = /422/;
  const [episode] = world.json('episode', 'list', '--show', 'demo');
  const inFeed = async () => /<item>.*<itunes:image href="([^"]+)"/s.exec(await feed(page))?.[1] ?? null;
  const shown = () => page.locator('.cover img').getAttribute('src');
  await page.goto(studio(`/episodes/${episode.id}`));
  await page.getByText('The same as the show’s').waitFor();
  const ofShow = await shown();
  assert.equal(await inFeed(), null);
  const chooser = page.locator('input[type=file][accept="image/jpeg,image/png"]');
  await chooser.setInputFiles({ name: 'small.png', mimeType: 'image/png', buffer: png(1000) });
  await page.getByText(/1000 × 1000 pixels/).waitFor();
  assert.equal(await shown(), ofShow);
  await chooser.setInputFiles({ name: 'own.png', mimeType: 'image/png', buffer: png(1600) });
  await page.getByText('The episode’s own').waitFor();
  const own = await inFeed();
  assert.equal(await shown(), own);
  assert.equal(world.json('episode', 'show', episode.id).image, own);
  await everybodyCan(`/episodes/${episode.id}`, (other) => other.getByText('The episode’s own').waitFor());
  // What is typed meanwhile is saved as ever.
  await page.getByLabel('Title', { exact: true }).fill('The bell with a face');
  await until(() => world.json('episode', 'show', episode.id).title === 'The bell with a face', 'the title is saved');
  await page.getByRole('button', { name: 'Use the show’s' }).click();
  await page.getByText('The same as the show’s').waitFor();
  assert.equal(await inFeed(), null);
  assert.equal(await shown(), ofShow);
  await page.getByText('The episode has the show’s cover again.').locator('..').getByRole('button', { name: 'Undo' }).click();
  await page.getByText('The episode’s own').waitFor();
  assert.equal(await inFeed(), own, 'the same picture has the same address');
  assert.deepEqual(world.trouble, []);
  world.expected = undefined;
});

test('a show is deleted and brought back', async () => {
  await page.goto(studio('/shows/demo/settings'));
  await page.getByRole('button', { name: 'Delete the show' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.waitForURL(/\/studio\/$/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.waitForURL(/\/shows\/demo$/);
  await page.getByText('The bell with a face').waitFor();
  assert.deepEqual(world.trouble, []);
});

/** A square picture of one colour. */
function png(side) {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.alloc((side * 3 + 1) * side, 0x60);
  for (let line = 0; line < side; ++line) lines[line * (side * 3 + 1)] = 0;
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]);
}
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
