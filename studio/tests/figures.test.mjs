// What publishers read from their figures, with months of simulated listening (listening.mjs). The figures are right when they are the
// simulation's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { stage } from './harness.mjs';
import { network } from './listening.mjs';

let made;
const { walk } = stage({}, async (world) => {
  made = await network(world, { days: 60, audience: 400, daily: 60, more: 120 });
});
const kDay = 86_400_000;
const number = (count) => count.toLocaleString('en-GB');
const daysAgo = (days) => new Date(Date.now() - days * kDay).toISOString().slice(0, 10);

async function csv(page, button) {
  const download = page.waitForEvent('download');
  await button.click();
  return fs.readFileSync(await (await download).path(), 'utf8');
}

walk('the network as a whole, over any period', async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio('/'));
  await page.getByRole('link', { name: /Last 7 days, all shows/ }).click();
  const shows = page.getByRole('region', { name: 'Top shows' });
  await shows.getByRole('link', { name: 'Bells in the morning' }).waitFor();
  await page.getByLabel('Period').selectOption('own');
  await page.getByLabel('From', { exact: true }).fill(daysAgo(61));
  await page.locator('.tile').filter({ hasText: `${number(made.downloads)} Downloads` }).waitFor();
  assert.match(page.url(), /range=own&from=/);
  // Whoever gets the address sees the same.
  await page.reload();
  await page.locator('.tile').filter({ hasText: `${number(made.downloads)} Downloads` }).waitFor();
  const table = await csv(page, shows.getByRole('button', { name: 'Top shows as CSV' }));
  const counts = table.split('\r\n').slice(1, 3).map((row) => Number(row.split(',')[1]));
  assert.equal(counts[0] + counts[1], made.downloads);
  await page.getByRole('region', { name: 'Top episodes' }).getByRole('button', { name: /Show all/ }).click();
  // A period that can't be is said to be one; the figures stay.
  await page.getByLabel('To', { exact: true }).fill(daysAgo(90));
  await page.getByRole('alert').filter({ hasText: 'Choose a first and a last day' }).waitFor();
  await visit.everybodyCan(page, '/statistics', (other) => other.getByRole('link', { name: 'Bells in the morning' }).waitFor());
});

walk('a show: two periods, what happened, the map and the hours of the week', async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio('/shows/bells/statistics'));
  const chart = page.getByRole('region', { name: 'Downloads per day' });
  await chart.getByText('Triangles: new episodes.', { exact: false }).waitFor();
  await page.getByLabel('Compare with', { exact: true }).selectOption('before');
  await chart.getByText(/downloads, compared with/).waitFor();
  await chart.getByText('Show as a table').click();
  await chart.getByRole('cell', { name: /Published: The tower at dawn/ }).waitFor();
  const table = await csv(page, chart.getByRole('button', { name: 'Downloads per day as CSV' }));
  assert.equal(table.trim().split('\r\n').length, 31);
  assert.match(table, /Other period,Downloads,Events\r\n/);
  assert.match(table, /Published: The tower at dawn\r\n/);

  const top = page.getByRole('region', { name: 'Top episodes' });
  await top.getByRole('button', { name: 'Show all 12' }).click();
  await top.getByRole('link', { name: 'The tower at dawn' }).waitFor();

  // The map with the keyboard: from the country with the most downloads on.
  const countries = page.getByRole('region', { name: 'Countries' });
  const map = countries.getByRole('listbox');
  await map.focus();
  const active = () => map.evaluate((list) => document.getElementById(list.getAttribute('aria-activedescendant')).getAttribute('aria-label'));
  assert.match(await active(), /^Germany: [\d,]+ downloads, \d+\s?%$/);
  await map.press('ArrowRight');
  const second = await active();
  assert.doesNotMatch(second, /^Germany/);
  await map.press('Home');
  const regions = page.getByRole('region', { name: 'Regions' });
  await map.press('Enter');
  assert.equal(await map.getByRole('option', { name: /^Germany/ }).getAttribute('aria-selected'), 'true');
  await regions.getByRole('cell', { name: 'HH (Germany)' }).waitFor();
  assert.equal(await regions.getByRole('cell', { name: /\(United States\)/ }).count(), 0);
  await countries.getByText(/Not on the map: \d+ downloads/).waitFor();
  assert.match(await csv(page, countries.getByRole('button', { name: 'Countries as CSV' })), /Germany,\d+,/);

  const week = page.getByRole('region', { name: 'Day and hour' });
  const grid = week.getByRole('grid');
  assert.equal(await grid.getByRole('gridcell').count(), 168);
  await grid.focus();
  await grid.press('End');
  await grid.press('ArrowDown');
  await week.getByText(/^Tuesday, 23:00/).waitFor();
  await page.getByLabel('Time zone').selectOption('America/New_York');
  await week.getByText(/in the time zone America\/New_York/).waitFor();
  // Remembered for this show.
  await page.goto(visit.studio('/shows/bells/statistics'));
  assert.equal(await page.getByLabel('Time zone').inputValue(), 'America/New_York');

  const reach = page.getByRole('region', { name: 'How far downloads went' });
  await reach.getByText(/^Of [\d,]+ downloads by streaming players/).waitFor();
  assert.equal(await reach.getByRole('row').count(), 11);
  assert.match(await reach.getByRole('row').nth(4).innerText(), /^40\s?%\s+100\s?%/);
  assert.match(await csv(page, reach.getByRole('button', { name: 'How far downloads went as CSV' })), /^\ufeffAt least,Downloads,Share\r\n10/);
  await page.getByRole('region', { name: 'Compared with other podcasts' }).getByText('Source: Buzzsprout, 2020', { exact: false }).waitFor();
  await visit.everybodyCan(page, '/shows/bells/statistics?range=90&compare=before', (other) => other.getByRole('grid').waitFor());
});

walk('two episodes on one axis', async (visit) => {
  const page = await visit.signedIn();
  const [older, newer] = made.bells.slice(-3);
  await page.goto(visit.studio(`/episodes/${newer.id}/statistics`));
  const release = page.getByRole('region', { name: 'Downloads since release' });
  await release.getByRole('searchbox', { name: 'Compare with another episode' }).fill('nothing of that name');
  await release.getByText('No published episode matches.').waitFor();
  await release.getByRole('searchbox').fill('ringing by');
  await release.getByRole('button', { name: /Ringing by numbers/ }).click();
  await release.getByRole('button', { name: 'Stop comparing with “Ringing by numbers 🔔”' }).waitFor();
  assert.match(await release.getByRole('row').nth(2).innerText(), /Ringing by numbers/);
  await page.reload();
  await release.getByRole('button', { name: /Stop comparing/ }).click();
  await release.getByText(older.title).waitFor();
  assert.match(await csv(page, release.getByRole('button', { name: 'Downloads since release as CSV' })), /جرس الميناء القديم/);
  await page.getByRole('region', { name: 'Compared with other podcasts' }).getByText(/This episode had [\d,]+ downloads in its first 7 days/).waitFor();
  await visit.everybodyCan(page, `/episodes/${newer.id}/statistics?with=${older.id}`, (other) => other.getByRole('grid').waitFor());
});

walk('the start page says how the shows do', async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio('/'));
  const bells = page.getByRole('link', { name: /Bells in the morning/ });
  await bells.getByText(/in the last 7 days/).waitFor();
  await bells.getByText(/Newest: The tower at dawn/).waitFor();
  await bells.getByText(/\d+ downloads in 3 days · usually \d+ at this age/).waitFor();
  await visit.everybodyCan(page, '/', (other) => other.getByText(/usually \d+ at this age/).first().waitFor());
});

walk('a show that nobody has heard yet', async (visit) => {
  const show = visit.show({ title: 'بودكاست 🎧' });
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}/statistics`));
  await page.getByRole('heading', { name: 'No downloads in this period' }).waitFor();
  await page.getByText('No published episodes yet').waitFor();
  assert.equal(await page.getByRole('listbox').count(), 0);
  await page.getByLabel('Compare with', { exact: true }).selectOption('year');
  await page.getByRole('heading', { name: 'No downloads in this period' }).waitFor();
});
