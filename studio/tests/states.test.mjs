// What the studio says about an episode's publication: what was decided and what happened, and nothing before.
import assert from 'node:assert/strict';
import { devices, png, press, stage, stop, until } from './harness.mjs';

const { walk } = stage();

const panel = (page) => page.getByRole('region', { name: 'Publishing' });
const said = async (page) => (await panel(page).locator('p').allInnerTexts()).join(' ');
/** A file chosen as people do it, for what `button` says. */
async function choose(page, button, file) {
  const chooser = page.waitForEvent('filechooser');
  await press(page.getByRole('button', { name: button }).first());
  await (await chooser).setFiles(file);
}

for (const device of devices) {
  walk(`each state is said exactly, from the upload to the page that is gone again, on a ${device.name}`, { device }, async (visit) => {
    const { world } = visit;
    const show = visit.show();
    const page = await visit.signedIn();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const slow = (uploadThroughput) => session.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: 8e6, uploadThroughput });
    await page.goto(visit.studio(`/shows/${show}`));
    await page.getByRole('heading', { name: 'No episodes yet' }).waitFor();
    await slow(5e5);
    await choose(page, 'Choose a recording', world.recording(`long-${visit.number}.wav`, 60, { channels: 2 }));
    await page.waitForURL(/\/studio\/episodes\//);
    const id = /episodes\/([^?/]+)/.exec(page.url())[1];
    // While it is on its way nothing can be published, and nobody says so.
    await page.getByText('You can publish as soon as the upload is complete.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Publish now' }).isDisabled());
    assert.ok(await page.getByRole('button', { name: 'Schedule' }).isDisabled());
    const release = world.holdDecoders();
    try {
      await slow(-1);
      await page.getByText('Not published yet. If you publish now, it goes live when processing is done.').waitFor();
      const badge = (name) => page.locator('.page-head').getByText(name, { exact: true });
      await badge('Processing').waitFor();
      // A date is a date, whatever the recording does meanwhile.
      const year = new Date().getFullYear() + 1;
      await press(page.getByRole('button', { name: 'Schedule' }));
      await page.getByLabel('Publish on').fill(`${year}-12-24T18:00`);
      await press(page.getByRole('button', { name: 'Schedule', exact: true }));
      await panel(page).getByText(`Will be published on 24 Dec ${year}, 18:00`).waitFor();
      await badge('Scheduled').waitFor();
      assert.match(await said(page), /still being processed/);
      assert.doesNotMatch(await said(page), /goes live|Not published/);
      const other = await visit.signedIn();
      await other.goto(visit.studio(`/shows/${show}`));
      const row = other.getByRole('listitem').filter({ has: other.locator(`a[href$="${id}"]`) });
      await row.getByText('Scheduled', { exact: true }).waitFor();
      await row.getByText(`24 Dec ${year}, 18:00`).waitFor();
      // The day changes.
      await press(page.getByRole('button', { name: 'Change date' }));
      assert.equal(await page.getByLabel('Publish on').inputValue(), `${year}-12-24T18:00`);
      await page.getByLabel('Publish on').fill(`${year}-12-26T09:30`);
      await press(page.getByRole('button', { name: 'Set date' }));
      await panel(page).getByText(`Will be published on 26 Dec ${year}, 09:30`).waitFor();
      assert.equal(world.json('episode', 'show', id).publish_at, `${year}-12-26T08:30:00Z`);
      await row.getByText(`26 Dec ${year}, 09:30`).waitFor();
      // Called off, it is what it was before.
      await press(page.getByRole('button', { name: 'Cancel publication' }));
      await page.getByText('Not published yet. If you publish now').waitFor();
      await row.getByText(/^Created /).waitFor();
      await press(page.getByRole('button', { name: 'Publish now' }));
      await panel(page).getByText('Will be published when processing is done.').waitFor();
      await row.getByText('When processed').waitFor();
      await stop(page);
    } finally {
      release();
    }
    await panel(page).getByText(/^Published on /).waitFor();
    await press(page.getByRole('button', { name: 'Unpublish' }));
    await press(page.getByRole('dialog').getByRole('button', { name: 'Unpublish' }));
    await panel(page).getByText(/^No longer published. It was first published on /).waitFor();
  });
}

walk('a date that has passed publishes at once, and that is what is said', async (visit) => {
  const { id } = visit.episode(visit.show(), 'Yesterday', 2, '--draft');
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/episodes/${id}`));
  await page.getByText('Not published. Only your team can see this episode.').waitFor();
  await page.getByRole('button', { name: 'Schedule' }).click();
  await page.getByLabel('Publish on').fill('2020-01-02T10:00');
  await page.getByText('the episode would be published right away').waitFor();
  await page.getByRole('button', { name: 'Schedule', exact: true }).click();
  await page.getByText('Episode published.').waitFor();
  assert.equal(await page.getByText('Will be published on').count(), 0);
  await panel(page).getByText('Published on 2 Jan 2020, 10:00').waitFor();
});

walk('the trash does not call anything published', async (visit) => {
  const show = visit.show();
  const { id } = visit.episode(show, 'The bell that went', 2);
  visit.world.run('episode', 'delete', id);
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}`));
  visit.episode(show, 'The bell that stayed', 2);
  await page.getByLabel('Show deleted episodes').check();
  const row = page.getByRole('listitem').filter({ hasText: 'The bell that went' });
  await row.getByText(/^Deleted /).waitFor();
  assert.doesNotMatch(await row.innerText(), /Published/);
});

walk('previews show the cover of the episode', async (visit) => {
  const { id } = visit.episode(visit.show(), 'A bell with a face', 2, '--draft', '--notes', visit.world.text('face.md', 'Look.'));
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/episodes/${id}`));
  const shown = (tab) => page.getByRole('tabpanel', { name: tab }).locator('img').getAttribute('src');
  await page.getByRole('tab', { name: 'In apps' }).click();
  const ofShow = await shown('In apps');
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('region', { name: 'Cover art' }).getByRole('button', { name: 'Change' }).click();
  await (await chooser).setFiles({ name: 'own.png', mimeType: 'image/png', buffer: png(1500) });
  await page.getByText('Episode cover').waitFor();
  await until(async () => (await shown('In apps')) !== ofShow, 'the preview has the cover of the episode');
  const own = await shown('In apps');
  await page.getByRole('tab', { name: 'On the web' }).click();
  assert.equal(await shown('On the web'), own);
});
