// The public pages in a real browser, and how much the studio weighs.
import assert from 'node:assert/strict';
import path from 'node:path';
import { devices, isFit, root, stage } from './harness.mjs';

/** Compressed, of everything the first page of the studio needs. */
const kLargestFirstLoad = 150_000;
/** The same, of a public page and of the embedded player; on a screen with two pixels to a point. Audio waits for the play button. */
const kLargestPage = 100_000, kLargestEmbed = 60_000;

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
  const chapters = JSON.stringify({ version: '1.2.0', chapters: [{ startTime: 0, title: 'Hello' }, { startTime: 10, title: 'The tower', url: 'https://www.example.org/tower' }] });
  assert.equal(await page.evaluate(put, [`/api/v1/episodes/${made.id}/chapters`, 'application/json', chapters]), 200);
  assert.equal(await page.evaluate(put, [`/api/v1/episodes/${made.id}/transcripts/en`, 'text/vtt', 'WEBVTT\n\n00:00.000 --> 00:04.000\nGood morning from the tower.\n']), 200);
  const title = 'A long evening with the people who keep the bells of the harbour and everything that belongs to them';
  const long = world.json('publish', world.recording('long.wav', 120), '--show', 'demo', '--title', title);
  assert.equal(await page.evaluate(put, [`/api/v1/episodes/${long.id}/chapters`, 'application/json', chapters]), 200);
  for (let number = 1; number <= 12; number++) world.run('publish', world.recording('short.wav', 1), '--show', 'demo', '--title', `Bell number ${number}`);
  await page.context().close();
  pages = { long: long.page, feed: `${world.origin}/feeds/demo`, search: `${world.origin}/shows/demo?q=bell`, start: `${world.origin}/`, show: `${world.origin}/shows/demo`, episode: made.page, embed: `${world.origin}/embed/${made.id}`, status: `${world.origin}/status` };
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

for (const device of devices) {
  walk(`every public page is light as it is loaded, on a ${device.name}`, { device }, async (visit) => {
    for (const [name, address] of Object.entries(pages)) {
      const page = await visit.page();
      await page.goto(address, { waitUntil: 'load' });
      const loaded = await page.evaluate(() =>
        [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter((one) => !one.name.includes('/audio/')).map((one) => ({ address: one.name, bytes: one.encodedBodySize })));
      assert.ok(loaded.every(({ bytes }) => bytes > 0), `${name}: ${JSON.stringify(loaded)}`);
      const weight = loaded.reduce((sum, { bytes }) => sum + bytes, 0);
      assert.ok(weight <= (name === 'embed' ? kLargestEmbed : kLargestPage), `${name} weighs ${weight}: ${JSON.stringify(loaded)}`);
      await page.close();
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

walk('a click on the title of a chapter goes there', async (visit) => {
  for (const [address, open] of [[pages.episode, async () => {}], [pages.embed, (page) => page.getByText('Chapters', { exact: true }).click()]]) {
    const page = await visit.page();
    await page.goto(address);
    await open(page);
    // Beyond the time: on the first letters of the title.
    await page.getByRole('link', { name: '0:10 The tower' }).click({ position: { x: 90, y: 12 } });
    await page.waitForFunction(() => document.querySelector('audio').currentTime >= 10);
  }
});

walk('the player remembers the place and the speed', async (visit) => {
  const page = await visit.page();
  await page.goto(pages.long);
  const position = page.getByRole('slider', { name: 'Position' });
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 0);
  // As somebody does who wants the middle: a click on the line.
  const line = await position.boundingBox();
  await page.mouse.click(line.x + line.width / 2, line.y + line.height / 2);
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 40);
  await page.getByLabel('Speed').selectOption('1.5');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.waitForFunction(() => document.querySelector('audio').paused);
  await page.reload();
  assert.ok(Number(await position.inputValue()) > 40, await position.inputValue());
  assert.equal(await page.getByLabel('Speed').inputValue(), '1.5');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 40 && document.querySelector('audio').playbackRate === 1.5);
  // Another episode begins at its beginning.
  await page.goto(pages.episode);
  assert.equal(await position.inputValue(), '0');
});

walk('the recommended frame shows everything, however narrow its column is', async (visit) => {
  const maker = await visit.page();
  for (const address of [pages.episode, pages.long]) {
    await maker.goto(address);
    await maker.getByText('Embed this episode on your website').click();
    const code = await maker.getByLabel('Copy this code into your page:').inputValue();
    for (const width of [300, 360, 700]) {
      const page = await visit.page({ viewport: { width: width + 40, height: 700 } });
      await page.goto(`${visit.origin}/healthz`);
      await page.setContent(`<body style="margin:0"><div style="width:${width}px">${code}</div>`);
      const frame = await (await page.locator('iframe').elementHandle()).contentFrame();
      await frame.getByRole('button', { name: 'Play' }).waitFor();
      const over = await frame.evaluate(() => [document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth]);
      assert.ok(over[0] <= 0 && over[1] <= 0, `${address} at ${width} px: ${over} px are cut off`);
    }
  }
});

walk('back from an episode, the list is where it was', async (visit) => {
  const page = await visit.page();
  for (const list of [pages.show, `${pages.show}?q=bell`]) {
    await page.goto(list);
    const link = page.getByRole('link', { name: 'Bell number 3', exact: true });
    await link.scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    assert.ok(before > 300, String(before));
    await link.click();
    await page.waitForURL(/bell-number-3$/);
    await page.goBack();
    await page.waitForFunction((before) => Math.abs(scrollY - before) < 3, before);
    assert.ok(await link.isVisible());
  }
});

for (const javaScriptEnabled of [true, false]) {
  walk(`episodes are found by their words ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async (visit) => {
    const page = await visit.page({ javaScriptEnabled });
    await page.goto(pages.show);
    await page.getByRole('searchbox', { name: 'Search episodes' }).click();
    await page.keyboard.type('NUMBER bell 7');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('1 of 14 episodes contains all these words.').waitFor();
    assert.deepEqual(await page.getByRole('heading', { level: 3 }).allTextContents(), ['Bell number 7']);
    await page.getByRole('link', { name: 'Show all episodes' }).click();
    await page.getByRole('link', { name: 'Bell number 3', exact: true }).waitFor();
  });
}

walk('a browser that opens the feed gets a page, and a program gets the feed', async (visit) => {
  const page = await visit.page();
  const answer = await page.goto(pages.feed);
  assert.match(answer.headers()['content-type'], /^text\/html/);
  await page.getByRole('heading', { name: 'Bells in the morning' }).waitFor();
  await page.getByText('This URL is for podcast apps.').waitFor();
  assert.equal(await page.getByLabel('For any other app, copy the feed URL:').inputValue(), pages.feed);
  for (const Accept of ['*/*', 'text/html']) {
    const read = await page.context().request.get(pages.feed, { headers: { Accept } });
    assert.equal(read.headers()['content-type'], 'application/rss+xml; charset=utf-8', Accept);
  }
  const xml = page.waitForResponse((one) => one.url().endsWith('?xml'));
  await page.getByRole('link', { name: 'View the XML' }).click();
  assert.match((await xml).headers()['content-type'], /^application\/rss/);
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
