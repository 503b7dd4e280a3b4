// The public pages in a real browser, and how much the studio weighs.
import assert from 'node:assert/strict';
import path from 'node:path';
import { isFit, root, stage } from './harness.mjs';

/** Compressed, of everything the first page of the studio needs. */
const kLargestFirstLoad = 150_000;

let pages;
const { walk } = stage({}, async (world) => {
  const page = await world.signedIn();
  await page.goto(`${world.origin}/studio/`);
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

for (const viewport of [{ width: 1100, height: 800 }, { width: 300, height: 600 }]) {
  walk(`every public page is accessible, light and dark, on ${viewport.width} px`, async (visit) => {
    const page = await visit.page({ viewport });
    for (const [name, address] of Object.entries(pages)) {
      await page.goto(address);
      await isFit(page, `public-${name}-${viewport.width}`, ['light', 'dark']);
    }
  });
}

walk('a chapter jumps, by keyboard, and the player plays', async (visit) => {
  const page = await visit.page();
  await page.goto(pages.episode);
  await page.getByRole('link', { name: '0:10' }).first().focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('audio').currentTime >= 10);
});

walk('without JavaScript everything is there', async (visit) => {
  const page = await visit.page({ javaScriptEnabled: false });
  await page.goto(pages.episode);
  for (const text of ['What to do next', 'The tower', 'Good morning from the tower.']) assert.ok(await page.getByText(text).first().count(), text);
  assert.equal(await page.locator('audio[controls]').count(), 1);
});

walk('the first load of the studio is small', async (visit) => {
  const fresh = await visit.signedIn();
  const session = await fresh.context().newCDPSession(fresh);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  let received = 0;
  const types = new Map();
  session.on('Network.responseReceived', ({ requestId, response }) => types.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (types.get(requestId)?.includes('/studio/')) received += encodedDataLength;
  });
  await fresh.goto(visit.studio('/'));
  await fresh.getByText('Bells in the morning').waitFor();
  assert.ok(received > 10_000 && received <= kLargestFirstLoad, `${received} bytes`);
});
