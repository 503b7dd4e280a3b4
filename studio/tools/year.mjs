// year.mjs FOLDER [LANGUAGE]: pictures of the statistics of a network with a year of simulated listening, light, dark and as on a phone.
// KEEP=seconds: the server stays that long, to be looked at.
import path from 'node:path';
import { desk, person, phone, World } from '../tests/harness.mjs';
import { network } from '../tests/listening.mjs';

const [folder, language = 'en'] = process.argv.slice(2);
const locale = language === 'en' ? 'en-GB' : language;
const world = await World.start();
try {
  const made = await network(world, { days: 365, audience: 4000, daily: 260 });
  const kinds = [['', desk.options], ['-dark', { ...desk.options, colorScheme: 'dark' }], ['-phone', { ...phone.options, viewport: { width: 360, height: 780 } }]];
  const only = process.env.ONLY?.split(',');
  const shots = [
    ['start', '/'],
    ['show', '/shows/bells/statistics?range=90'],
    ['show-year', '/shows/bells/statistics?range=year&compare=year'],
    ['show-compared', '/shows/bells/statistics?range=30&compare=before'],
    ['episode', `/episodes/${made.bells.at(-2).id}/statistics`],
    ['network', '/statistics'],
    ['method', '/statistics/method'],
  ].filter(([name]) => !only || only.includes(name));
  for (const [suffix, options] of kinds) {
    if (process.env.KIND !== undefined && process.env.KIND !== suffix) continue;
    const page = await world.signedIn({ ...options, locale });
    for (const [name, place] of shots) {
      await page.goto(`${world.origin}/studio${place}`);
      await page.locator('h1').first().waitFor();
      await page.waitForFunction(() => !document.querySelector('.loading'));
      await page.waitForTimeout(1500);
      await page.screenshot({ path: path.join(folder, `${name}${suffix}.png`), fullPage: true });
    }
    await page.context().close();
  }
  if (world.own.trouble.length) console.error(world.own.trouble.join('\n'));
  if (process.env.KEEP) {
    console.log(world.origin, person.email, person.password);
    await new Promise((resolve) => setTimeout(resolve, Number(process.env.KEEP) * 1000));
  }
} finally {
  await world.stop();
}
