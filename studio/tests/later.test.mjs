// What a publisher changes later: the date of an episode that is out, the address of a show; and what is found by more than its title.
import assert from 'node:assert/strict';
import { devices, press, stage, stop, until } from './harness.mjs';

const { walk } = stage();

for (const device of devices) {
  walk(`the date of a published episode is changed, on a ${device.name}`, { device }, async (visit) => {
    const show = visit.show();
    const { id } = visit.episode(show, 'The first bell', 2);
    const page = await visit.signedIn();
    await page.goto(visit.studio(`/episodes/${id}`));
    await press(page.getByRole('button', { name: 'Change date' }));
    await page.getByText('Apps and the public pages show this date').waitFor();
    // It cannot be out and yet to come.
    await page.getByLabel('Published on').fill(`${new Date().getFullYear() + 1}-01-02T10:00`);
    await page.getByText('This date is in the future.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Set date' }).isDisabled());
    await stop(page);
    await page.getByLabel('Published on').fill('2021-03-04T18:30');
    await press(page.getByRole('button', { name: 'Set date' }));
    await page.getByText('The episode is now dated 4 Mar 2021, 18:30.').waitFor();
    await page.getByRole('region', { name: 'Publishing' }).getByText('Published on 4 Mar 2021, 18:30').waitFor();
    assert.equal(visit.world.json('episode', 'show', id).published, '2021-03-04T17:30:00Z');
    assert.match(await page.evaluate(async (slug) => (await fetch(`/feeds/${slug}`, { cache: 'no-store' })).text(), show), /<pubDate>Thu, 04 Mar 2021 17:30:00/);
    // What is written in another field meanwhile is saved as ever.
    await page.getByLabel('Title', { exact: true }).fill('The very first bell');
    await until(() => visit.world.json('episode', 'show', id).title === 'The very first bell', 'the title is saved');
  });
}

walk('the address of a show is changed, and the old one leads on', { expected: /409|422/ }, async (visit) => {
  const show = visit.show();
  const taken = `taken-${visit.number}`;
  visit.world.run('show', 'create', taken, '--title', 'Taken');
  visit.episode(show, 'The first bell', 2);
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}/settings`));
  const change = async (slug) => {
    await page.getByLabel('Name in the URL').fill(slug);
    await page.getByRole('button', { name: 'Change URL' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Change URL' }).click();
  };
  await change(taken);
  await page.getByText(/choose another slug/).waitFor();
  await change(`bells-${visit.number}`);
  await page.waitForURL((url) => url.pathname.endsWith(`/shows/bells-${visit.number}/settings`));
  await page.getByText(`The name in the URL is now “bells-${visit.number}”.`).waitFor();
  // The settings go on at the new address, and what had the old one still gets everything.
  await page.getByLabel('Author').fill('The ringers');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('All changes saved').waitFor();
  for (const address of [`/feeds/${show}`, `/shows/${show}`]) {
    const answer = await page.context().request.get(visit.origin + address);
    assert.equal(answer.status(), 200, address);
    assert.ok(answer.url().endsWith(`bells-${visit.number}`), answer.url());
  }
  await visit.everybodyCan(page, `/shows/bells-${visit.number}/settings`, (other) => other.getByText('All changes saved').waitFor());
});

walk('episodes are found by words in their notes, in any order', async (visit) => {
  const show = visit.show();
  visit.episode(show, 'The first bell', 2, '--notes', visit.world.text('first.md', 'How **bronze** is poured in a foundry.'));
  visit.episode(show, 'Fog', 2, '--notes', visit.world.text('fog.md', 'When nobody sees the harbour.'));
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}`));
  await page.getByRole('link', { name: 'Fog' }).waitFor();
  // Slowly: the list is searched in each pause, and the field keeps the focus.
  await page.getByPlaceholder('Search titles, notes and guests').pressSequentially('foundry bronze', { delay: 300 });
  await until(async () => (await page.getByRole('link', { name: 'Fog' }).count()) === 0, 'only what fits is left');
  await page.getByRole('link', { name: 'The first bell' }).waitFor();
});

walk('a transcript may be plain text', async (visit) => {
  const { id } = visit.episode(visit.show(), 'The first bell', 2);
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/episodes/${id}`));
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add transcript' }).click();
  await (await chooser).setFiles({ name: 'bell.txt', mimeType: 'text/plain', buffer: Buffer.from('Good morning.\n\nGood evening.') });
  await page.getByText('Transcript added.').waitFor();
  await page.getByRole('button', { name: 'Remove: en' }).click();
  await page.getByText('Transcript removed.').waitFor();
  await page.getByText('Transcript removed.').locator('..').getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Remove: en' }).waitFor();
  assert.equal(await page.evaluate(async (id) => (await fetch(`/api/v1/episodes/${id}/transcripts/en`)).text(), id), 'Good morning.\n\nGood evening.\n');
});
