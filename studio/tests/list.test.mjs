// The list of episodes: one's place in it, drafts without a recording, numbers that are taken away again.
import assert from 'node:assert/strict';
import { devices, frames, press, stage, stop, until } from './harness.mjs';

const { walk } = stage();

/** A show with this many drafts. */
async function withDrafts(visit, page, count) {
  const show = visit.show();
  for (let number = 1; number <= count; ++number) await visit.api(page, 'POST', `/shows/${show}/episodes`, { title: `Bell ${String(number).padStart(3, '0')}`, number });
  return show;
}
const inView = (page, name) =>
  page.getByRole('link', { name, exact: true }).evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });

/** Where an entry is once it stops moving: entries that come into view get their real height only then. */
async function steadyTop(entry) {
  let last, same = 0;
  while (same < 5) {
    await frames(entry.page(), 2);
    const { y } = await entry.boundingBox();
    same = y === last ? same + 1 : 0;
    last = y;
  }
  return last;
}

for (const device of devices) {
  walk(`back from an episode one is where one was in the list, on a ${device.name}`, { device }, async (visit) => {
    const page = await visit.signedIn();
    await page.goto(visit.studio('/'));
    const show = await withDrafts(visit, page, 130);
    await page.goto(visit.studio(`/shows/${show}`));
    await page.getByLabel('Sort by').selectOption('title');
    await page.getByRole('link', { name: 'Bell 001', exact: true }).waitFor();
    await press(page.getByRole('button', { name: 'Show more' }));
    const far = page.getByRole('link', { name: 'Bell 090', exact: true });
    await far.scrollIntoViewIfNeeded();
    const ways = [() => page.goBack(), () => press(page.getByRole('main').getByRole('link', { name: 'Bells in the morning' }))];
    for (const back of ways) {
      assert.ok((await page.evaluate(() => scrollY)) > 1000, 'far down');
      const before = await steadyTop(far);
      await press(far);
      await page.getByRole('heading', { name: 'Bell 090' }).waitFor();
      assert.equal(await page.evaluate(() => scrollY), 0, 'an episode begins at its top');
      await back();
      await far.waitFor();
      await until(async () => Math.abs(((await far.boundingBox())?.y ?? -1) - before) <= 2, 'the list is where it was');
      assert.ok(await inView(page, 'Bell 090'));
      assert.equal(await page.getByLabel('Sort by').inputValue(), 'title');
    }
    // After a reload, too, and forward again.
    await page.reload();
    await until(async () => (await far.count()) && (await inView(page, 'Bell 090')), 'the reloaded list is where it was');
    await stop(page);
    // What was searched for stays.
    await page.getByLabel('Search episodes').fill('Bell 12');
    await page.getByText('12 episodes').waitFor();
    await press(page.getByRole('link', { name: 'Bell 125', exact: true }));
    await page.getByRole('heading', { name: 'Bell 125' }).waitFor();
    await press(page.getByRole('main').getByRole('link', { name: 'Bells in the morning' }));
    await page.getByText('12 episodes').waitFor();
    assert.equal(await page.getByLabel('Search episodes').inputValue(), 'Bell 12');
  });
}

walk('a long list stays whole when somebody else changes something', async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio('/'));
  const show = await withDrafts(visit, page, 260);
  await page.goto(visit.studio(`/shows/${show}?sort=title`));
  await page.getByRole('link', { name: 'Bell 050', exact: true }).waitFor();
  for (const last of ['100', '150', '200', '250', '260']) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('link', { name: `Bell ${last}`, exact: true }).waitFor();
  }
  const { id } = (await visit.api(page, 'GET', `/shows/${show}/episodes?sort=title&limit=1`)).items[0];
  await visit.api(page, 'PATCH', `/episodes/${id}`, { title: 'Bell 000' });
  await page.getByRole('link', { name: 'Bell 000', exact: true }).waitFor();
  assert.equal(await page.getByRole('listitem').filter({ hasText: /Bell \d/ }).count(), 260);
  assert.equal(await page.getByText('must be a number').count(), 0);
});

for (const device of devices) {
  walk(`a draft without a recording is begun at any time, and its numbers are taken away again, on a ${device.name}`, { device }, async (visit) => {
    const { world } = visit;
    const show = visit.show();
    visit.episode(show, 'The first bell', 2, '--number', '4', '--season', '2');
    const page = await visit.signedIn();
    await page.goto(visit.studio(`/shows/${show}`));
    await page.getByRole('link', { name: 'The first bell' }).waitFor();
    await stop(page);
    await press(page.getByRole('button', { name: 'New draft' }));
    await page.waitForURL(/\/studio\/episodes\//);
    const id = /episodes\/([^?/]+)/.exec(page.url())[1];
    const saved = () => world.json('episode', 'show', id);
    // One can write at once: the title has the focus, and what is typed replaces it.
    await until(() => page.evaluate(() => document.activeElement.id === 'field-title'), 'the title has the focus');
    await page.keyboard.type('An idea for autumn');
    await until(() => saved().title === 'An idea for autumn', 'the title is saved');
    await page.getByText('Add a recording before you publish.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Publish now' }).isDisabled());
    // Season and number follow the last episode; nobody has to keep them.
    assert.deepEqual([saved().season, saved().number, saved().state], [2, 5, 'draft']);
    for (const field of ['Season', 'Number']) {
      await press(page.getByLabel(field, { exact: true }));
      await page.keyboard.press('End');
      await page.keyboard.press('Backspace');
    }
    await until(() => saved().season === null && saved().number === null, 'both are gone');
    await page.getByText('All changes saved').waitFor();
    assert.equal(await page.getByLabel('Number', { exact: true }).inputValue(), '');
    // What is no number is said, and not made into another one.
    await press(page.getByLabel('Number', { exact: true }));
    for (const typed of ['0', '-3', '1.5', 'one']) {
      await page.keyboard.press('Control+a');
      await page.keyboard.type(typed);
      await page.getByText('Enter a whole number, 1 or higher.').waitFor();
      assert.equal(await page.getByLabel('Number', { exact: true }).inputValue(), typed);
    }
    await page.keyboard.press('Control+a');
    await page.keyboard.type('12');
    await until(() => saved().number === 12, 'twelve is saved');
    assert.equal(await page.getByText('Enter a whole number').count(), 0);
    await stop(page);
  });
}
