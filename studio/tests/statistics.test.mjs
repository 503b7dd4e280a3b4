// Statistics: listeners on one side, the publisher's figures on the other.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import { stage, until } from './harness.mjs';

const { walk } = stage();

const kOvercast = 'Overcast/3.0 (+http://overcast.fm/; iOS podcast app)';
const kAntennaPod = 'AntennaPod/3.5.0';

/** A whole download, as an app with this name makes it. */
const listen = (address, agent) =>
  new Promise((resolve, reject) => {
    https.get(address, { headers: { 'User-Agent': agent }, rejectUnauthorized: false }, (answer) => answer.resume().on('end', resolve).on('error', reject)).on('error', reject);
  });

walk('a show, an episode and the way they are counted', async (visit) => {
  const { world } = visit;
  const show = visit.show();
  const first = visit.episode(show, 'The first bell');
  visit.episode(show, 'The second bell');
  const page = await visit.signedIn();
  await page.goto(visit.studio(`/shows/${show}/statistics`));
  await page.getByText('Figures appear about a minute after a download.').waitFor();

  for (const agent of [kOvercast, kAntennaPod, 'curl/8.5.0']) await listen(first.enclosure, agent);
  const today = new Date().toISOString().slice(0, 10);
  // The log is written a moment after a response.
  await until(() => world.json('stats', 'recount', today).requests.download === 2, 'both listeners are counted');

  await page.reload();
  const week = page.locator('.tile').filter({ hasText: 'Last 7 days' });
  await week.getByText('2 Downloads').waitFor();
  assert.match(await week.innerText(), /– · 0 in the period before/);
  const chart = page.getByRole('region', { name: 'Downloads per day' });
  await chart.getByRole('img', { name: /2 downloads from/ }).waitFor();
  await chart.getByText('Show as a table').click();
  // Listeners are counted for days of UTC: in the first hour of a day in Central Europe, they aren't known for that day.
  assert.match(await chart.getByRole('row').nth(1).innerText(), /\(provisional\)\s+2\s+[2–]/);
  assert.equal(await chart.getByRole('row').count(), 31);
  const apps = page.getByRole('region', { name: 'Apps' });
  await apps.getByRole('row', { name: /Overcast 1 50\s?%/ }).waitFor();
  await page.getByRole('region', { name: 'Countries' }).getByRole('row', { name: /Unknown 2 100\s?%/ }).waitFor();
  const download = page.waitForEvent('download');
  await apps.getByRole('button', { name: 'Apps as CSV' }).click();
  assert.match(fs.readFileSync(await (await download).path(), 'utf8'), /^\ufeffName,Downloads,Share\r\n[^]*Overcast,1,/);
  await page.getByLabel('Period').selectOption('year');
  await page.getByRole('region', { name: 'Downloads per month' }).waitFor();

  await visit.everybodyCan(page, `/shows/${show}/statistics`, (other) => other.getByRole('row', { name: /Overcast/ }).waitFor());
  await visit.everybodyCan(page, `/episodes/${first.id}/statistics`, (other) => other.getByRole('row', { name: /Overcast/ }).waitFor());
  await page.goto(visit.studio(`/episodes/${first.id}/statistics`));
  await page.getByText('the episode has 2 downloads.').waitFor();
  await page.getByRole('row', { name: /The first bell 2 so far/ }).waitFor();
  await page.goto(visit.studio('/'));
  await page.getByText('2 downloads in the last 7 days').waitFor();
  await page.goto(visit.studio('/statistics/method'));
  await page.getByText('by the rules of v2.3').waitFor();
  assert.match(await page.getByRole('row', { name: /A robot/ }).innerText(), /1$/);
  assert.doesNotMatch(await page.locator('main').innerText(), /compliant|certified/i);
});
