// The public pages in a real browser, and how much the studio weighs.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { axeFindings, root, World } from './harness.mjs';

/** Compressed, of everything the first page of the studio needs. */
const kLargestFirstLoad = 150_000;

let world;
let pages;
before(async () => {
  world = await World.start();
  const page = await world.signedIn();
  world.run('show', 'create', 'demo', '--title', 'Bells in the morning', '--author', 'Harbour Media', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'What the bells of a harbour tell.');
  const made = world.json('publish', world.recording('first.wav', 20), '--show', 'demo', '--title', 'The first bell', '--number', '1', '--notes', path.join(root, 'packaging/sample/welcome.md'));
  const put = async ([address, type, body]) => {
    const { csrf } = await (await fetch('/api/v1/sessions/current')).json();
    return (await fetch(address, { method: 'PUT', headers: { 'Content-Type': type, 'X-CSRF-Token': csrf }, body })).status;
  };
  const chapters = JSON.stringify({ version: '1.2.0', chapters: [{ startTime: 0, title: 'Hello' }, { startTime: 10, title: 'The tower' }] });
  assert.equal(await page.evaluate(put, [`/api/v1/episodes/${made.id}/chapters`, 'application/json', chapters]), 200);
  assert.equal(await page.evaluate(put, [`/api/v1/episodes/${made.id}/transcripts/en`, 'text/vtt', 'WEBVTT\n\n00:00.000 --> 00:04.000\nGood morning from the tower.\n']), 200);
  await page.context().close();
  pages = { start: `${world.origin}/`, show: `${world.origin}/shows/demo`, episode: made.page, embed: `${world.origin}/embed/${made.id}`, status: `${world.origin}/status` };
});
after(() => world.stop());

for (const colorScheme of ['light', 'dark']) {
  test(`every public page is accessible, ${colorScheme}`, async () => {
    for (const viewport of [{ width: 1100, height: 800 }, { width: 300, height: 600 }]) {
      const page = await world.page({ colorScheme, viewport });
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(address);
        assert.deepEqual(await axeFindings(page), [], name);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(over <= 0, `${name} is ${over} px too wide at ${viewport.width}`);
      }
      await page.context().close();
    }
  });
}

test('a chapter jumps, by keyboard, and the player plays', async () => {
  const page = await world.page();
  await page.goto(pages.episode);
  await page.getByRole('link', { name: '0:10' }).first().focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('audio').currentTime >= 10);
  await page.close();
});

test('without JavaScript everything is there', async () => {
  const page = await world.page({ javaScriptEnabled: false });
  await page.goto(pages.episode);
  for (const text of ['What to do next', 'The tower', 'Good morning from the tower.']) assert.ok(await page.getByText(text).first().count(), text);
  assert.equal(await page.locator('audio[controls]').count(), 1);
  await page.close();
});

test('the first load of the studio is small', async () => {
  const page = await world.page();
  await world.signIn(page);
  const fresh = await page.context().newPage();
  const session = await page.context().newCDPSession(fresh);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  let received = 0;
  const types = new Map();
  session.on('Network.responseReceived', ({ requestId, response }) => types.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (types.get(requestId)?.includes('/studio/')) received += encodedDataLength;
  });
  await fresh.goto(`${world.origin}/studio/`);
  await fresh.getByText('Bells in the morning').waitFor();
  assert.ok(received > 10_000 && received <= kLargestFirstLoad, `${received} bytes`);
});

test('nothing complained, and no other host was asked', () => assert.deepEqual(world.trouble, []));
