// The publisher's way through the studio, in a real browser against the real server: at a desk, and with a phone.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { devices, person, press, stage, stop, until } from './harness.mjs';

const feedOf = async (page, show) => page.evaluate(async (slug) => (await fetch(`/feeds/${slug}`)).text(), show);

for (const device of devices) {
  /** `walk` on this device. */
  const on = (place) => (name, given, walk) => place.walk(`${name}, on a ${device.name}`, { device, ...(walk && given) }, walk ?? given);

  describe(`first of all, on a ${device.name}`, () => {
    // It begins on a server where nobody is yet.
    const way = on(stage({ device }));

    way('from the first-run link to an episode in the feed', async (visit) => {
      const { world } = visit;
      const page = await visit.page();
      await page.goto(world.json('welcome').link);
      await page.getByLabel('Your name').fill(person.name);
      await page.getByLabel('Email address').fill(person.email);
      await page.getByLabel('Password').fill(person.password);
      await press(page.getByRole('button', { name: 'Next' }));
      await page.getByLabel('What’s your network called?').fill('Harbour Media');
      assert.equal(await page.getByLabel('Who’s responsible for certificates?').inputValue(), person.email);
      await press(page.getByRole('button', { name: 'Next' }));
      await page.getByLabel('What’s your show called?').fill('Bells in the Morning');
      assert.equal(await page.getByLabel('Name in the URL').inputValue(), 'bells-in-the-morning');
      // A category is asked for; speech is proposed.
      await press(page.getByRole('button', { name: 'Create show' }));
      await until(() => page.evaluate(() => document.activeElement.id === 'field-category'), 'the category is asked for');
      await page.getByLabel('Category').selectOption('Society & Culture');
      assert.match(await page.getByLabel('Audio format').locator('option:checked').textContent(), /Mono, 96 kbit/);
      await press(page.getByRole('button', { name: 'Create show' }));

      await page.getByRole('heading', { name: 'No episodes yet' }).waitFor();
      const chooser = page.waitForEvent('filechooser');
      await press(page.getByRole('button', { name: 'Choose a recording' }));
      await (await chooser).setFiles(world.recording('the-tide_talk.wav'));
      // The title comes from the file, the number is filled in, and the recording is processed meanwhile.
      await page.waitForURL(/\/studio\/episodes\//);
      assert.equal(await page.getByLabel('Title', { exact: true }).inputValue(), 'the tide talk');
      assert.equal(await page.getByLabel('Number').inputValue(), '1');
      await page.getByLabel('Title', { exact: true }).fill('The tide waits for nobody');
      // Rich text comes with its links.
      const notes = page.getByRole('textbox', { name: 'Notes' });
      await notes.evaluate((field) => {
        field.focus();
        field.select();
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/html', '<b style="font-weight:normal"><p>Read <a href="https://example.org/this">this</a>, <strong>now</strong></p><ol start="3"><li>one</li><li>two</li></ol></b>');
        clipboardData.setData('text/plain', 'Read this, now one two');
        field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      });
      assert.equal(await notes.inputValue(), 'Read [this](https://example.org/this), **now**\n\n3. one\n4. two');
      await page.getByRole('textbox', { name: 'Notes' }).fill('We talk about **tides**, and [bells](https://example.org/bells).');
      await press(page.getByRole('tab', { name: 'In apps' }));
      await page.getByRole('link', { name: 'bells', exact: true }).waitFor();
      await page.getByText('All changes saved').waitFor();
      await page.getByText(/0:08 ·/).waitFor();
      await press(page.getByRole('button', { name: 'Publish now' }));
      await page.getByText('Episode published.').waitFor();
      await page.getByRole('heading', { name: 'Share' }).waitFor();
      await stop(page);

      const made = world.json('show', 'show', 'bells-in-the-morning');
      assert.deepEqual([made.format.channels, made.format.bitrate, made.language], [1, 96_000, 'en']);
      const feed = await feedOf(page, 'bells-in-the-morning');
      assert.match(feed, /<itunes:category text="Society &amp; Culture"/);
      assert.match(feed, /<title>The tide waits for nobody<\/title>/);
      assert.match(feed, /&lt;strong&gt;tides&lt;\/strong&gt;/);
      const enclosure = /<enclosure url="([^"]+)"/.exec(feed)[1];
      const heard = await page.evaluate(async (address) => (await (await fetch(address)).blob()).size, enclosure);
      assert.ok(heard > 90_000, `${heard} bytes`);
      // The steward was named on the way.
      const certificates = world.json('cert', 'list');
      await until(() => world.json('cert', 'list').every((one) => one.steward === person.email), `the steward is in charge: ${JSON.stringify(certificates)}`);
    });
  });

  describe(`from then on, on a ${device.name}`, () => {
    const way = on(stage({ device }));

    way('the link works once', { expected: /404|Not Found/ }, async (visit) => {
      await visit.world.operator();
      const page = await visit.page();
      assert.equal(visit.world.json('welcome').link, null);
      await page.goto(visit.studio(`/welcome/${'0'.repeat(43)}`));
      await page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
      await stop(page);
    });

    way('an upload whose connection is cut twice and whose page is reloaded once', { expected: /net::ERR|Failed to load|WebSocket|tus/ }, async (visit) => {
      const show = visit.show();
      visit.episode(show, 'The tide waits for nobody');
      const page = await visit.signedIn();
      await page.goto(visit.studio(`/shows/${show}`));
      await page.getByRole('link', { name: 'The tide waits for nobody' }).waitFor();
      const context = page.context();
      // Slow enough that the pieces can be caught in the act.
      const session = await context.newCDPSession(page);
      await session.send('Network.enable');
      const throttle = (target, offline) => target.send('Network.emulateNetworkConditions', { offline, latency: 5, downloadThroughput: 8e6, uploadThroughput: 3e6 });
      await throttle(session, false);
      const chooser = page.waitForEvent('filechooser');
      await press(page.getByRole('button', { name: 'New episode' }));
      // Three pieces of an upload, and yet soon processed.
      await (await chooser).setFiles(visit.world.recording('long.wav', 55, { rate: 96_000, channels: 2 }));
      await page.waitForURL(/\/studio\/episodes\//);
      const bar = page.getByRole('progressbar', { name: /Upload of long.wav/ });
      const share = async () => Number(await bar.getAttribute('aria-valuenow').catch(() => 0));
      for (const point of [20, 45]) {
        await until(async () => (await share()) >= point, `${point} % are sent`);
        await throttle(session, true);
        await page.getByText(/Connection lost/).waitFor();
        await stop(page);
        await throttle(session, false);
        await page.getByText(/about .* left|% of/).waitFor();
      }
      await until(async () => (await share()) >= 60, '60 % are sent');
      const address = page.url();
      // What the reloaded page sends is held until its progress has been seen.
      let release, resumed, reloaded = false;
      const held = new Promise((resolve) => (release = resolve));
      const offset = new Promise((resolve) => (resumed = resolve));
      await page.route('**/api/v1/uploads/*', async (route) => {
        if (route.request().method() === 'PATCH') {
          if (reloaded) resumed(Number(route.request().headers()['upload-offset']));
          await held;
        }
        await route.continue().catch(() => {}); // of the page that was left
      });
      page.once('framenavigated', () => (reloaded = true));
      await page.reload();
      await bar.waitFor();
      // What had arrived is not sent again: at least the first piece.
      assert.ok((await offset) >= 8 * 1024 * 1024, 'it goes on where it was');
      await stop(page);
      release();
      await throttle(session, false);
      // Processing gives way to everything else that the machine has to do.
      await page.getByText(/0:55 ·/).waitFor({ timeout: 600_000 });
      await stop(page);
      assert.equal(page.url().split('?')[0], address.split('?')[0]);
    });

    way('two browsers edit one episode: the second is told, and nothing is overwritten', { expected: /412|Precondition|net::ERR|Failed to load/ }, async (visit) => {
      const { world } = visit;
      const episode = visit.episode(visit.show(), 'The tide waits for nobody');
      const first = await visit.signedIn();
      const second = await visit.signedIn();
      for (const page of [first, second]) {
        await page.goto(visit.studio(`/episodes/${episode.id}`));
        await page.getByText('All changes saved').waitFor();
      }
      // What only one changed is taken over by the other at once.
      await first.getByLabel('Season').fill('2');
      await until(async () => (await second.getByLabel('Season').inputValue()) === '2', 'the second sees the season of the first');
      // What both change is asked about. The second hears of nothing while its stream is cut.
      // What the second writes is on its way while the first saves.
      let release;
      const held = new Promise((resolve) => (release = resolve));
      await second.route('**/api/v1/episodes/*', async (route) => {
        if (route.request().method() === 'PATCH') await held;
        await route.continue();
      });
      const sent = second.waitForRequest((request) => request.method() === 'PATCH');
      await second.getByLabel('Title', { exact: true }).fill('By the second');
      await sent;
      await first.getByLabel('Title', { exact: true }).fill('By the first');
      await until(() => world.json('episode', 'show', episode.id).title === 'By the first', 'the first is saved');
      release();
      await second.getByText(/Someone else has changed this episode too: title/).waitFor();
      await stop(second);
      assert.equal(world.json('episode', 'show', episode.id).title, 'By the first', 'nothing is overwritten');
      assert.equal(await second.getByLabel('Title', { exact: true }).inputValue(), 'By the second', 'nothing is lost');
      await press(second.getByRole('button', { name: 'Keep my version' }));
      await until(() => world.json('episode', 'show', episode.id).title === 'By the second', 'the chosen title stays');
      await until(async () => (await first.getByLabel('Title', { exact: true }).inputValue()) === 'By the second', 'the first sees it');
    });

    way('a publication is scheduled across the change of the clocks', async (visit) => {
      const { world } = visit;
      const made = visit.episode(visit.show(), 'Autumn', 2, '--draft');
      const page = await visit.signedIn();
      await page.goto(visit.studio(`/episodes/${made.id}`));
      await press(page.getByRole('button', { name: 'Schedule' }));
      await page.getByText('In your time zone, Europe/Berlin.').waitFor();
      const year = new Date().getFullYear() + 1;
      const lastSunday = new Date(Date.UTC(year, 9, 31));
      lastSunday.setUTCDate(31 - lastSunday.getUTCDay());
      const day = lastSunday.toISOString().slice(0, 10);
      // This hour comes twice; the first one is meant.
      await page.getByLabel('Publish on').fill(`${day}T02:30`);
      await page.getByText('this time occurs twice').waitFor();
      await stop(page);
      await page.getByLabel('Publish on').fill(`${day}T18:00`);
      await press(page.getByRole('button', { name: 'Schedule', exact: true }));
      await page.getByText(/Will be published on .*18:00/).first().waitFor();
      await stop(page);
      // Winter time: an hour later in UTC than the day before.
      assert.equal(new Date(world.json('episode', 'show', made.id).publish_at).toISOString(), `${day}T17:00:00.000Z`);
      await press(page.getByRole('button', { name: 'Cancel publication' }));
      await page.getByText('Publication canceled.').waitFor();
      assert.equal(world.json('episode', 'show', made.id).state, 'draft');
    });

    way('chapters are set on the waveform, and a deleted episode is restored', async (visit) => {
      const { world } = visit;
      const episode = visit.episode(visit.show(), 'Autumn', 2, '--draft');
      const page = await visit.signedIn();
      await page.goto(visit.studio(`/episodes/${episode.id}`));
      // Where people click: into the drawing.
      await page.locator('.stage canvas').first().waitFor();
      const slider = page.getByRole('slider', { name: /Waveform/ });
      const { x, width, height } = await slider.boundingBox();
      // The mark is where the click was, from end to end.
      for (const share of [0.02, 0.97, 0.3, 0.6]) {
        await press(slider, { position: { x: width * share, y: height / 2 } });
        const mark = await page.locator('.marks i').boundingBox();
        assert.ok(Math.abs(mark.x + mark.width / 2 - (x + width * share)) <= 2, `clicked at ${width * share}, marked at ${mark.x - x}`);
      }
      await press(page.getByRole('button', { name: 'Add chapter at 0:01' }));
      await page.getByLabel('Chapter title').fill('Leaves');
      await until(() => world.json('episode', 'show', episode.id).chapters, 'the chapter is saved');
      // Its button plays from there; a line that is dragged follows the mouse.
      await press(page.getByRole('button', { name: 'Play: Leaves' }));
      await page.waitForFunction(() => document.querySelector('audio').currentTime >= 1.2);
      await until(() => page.evaluate(() => document.querySelector('audio').paused), 'it plays to the end');
      if (device.name === 'desk') {
        const line = await slider.boundingBox();
        await page.mouse.move(line.x + line.width * 0.2, line.y + line.height / 2);
        await page.mouse.down();
        await page.mouse.move(line.x + line.width * 0.5, line.y + line.height / 2, { steps: 5 });
        await page.mouse.up();
        const mark = await page.locator('.marks i').boundingBox();
        assert.ok(Math.abs(mark.x + mark.width / 2 - (line.x + line.width * 0.5)) <= 2, 'the mark is where it was let go');
      }
      await press(page.getByRole('button', { name: 'Delete episode' }));
      await page.getByText('moved to the trash').waitFor();
      await press(page.getByRole('button', { name: 'Undo' }));
      await page.waitForURL(/\/studio\/episodes\//);
      await page.getByLabel('Chapter title').waitFor();
      assert.equal(await page.getByLabel('Chapter title').inputValue(), 'Leaves');
    });
  });
}
