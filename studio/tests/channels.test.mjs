// How one is told: the order of channels, chosen with the keyboard.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { axeFindings, until, World } from './harness.mjs';

let world;
let page;
before(async () => {
  // Nobody is written to here; both need only be configured.
  world = await World.start({ configuration: '[certificates]\nsteward = "ops@example.org"\n\n[notify.smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\nfrom = "carillon@example.org"\n\n[notify.webhook]\nurl = "http://127.0.0.1:1/hook"\nsecret = "between us"\n' });
  page = await world.signedIn();
});
after(() => world.stop());

const order = () => page.evaluate(async () => (await (await fetch('/api/v1/channels')).json()).order);
const shown = () => page.getByRole('list', { name: 'How you are told' }).getByRole('listitem').allInnerTexts().then((texts) => texts.map((text) => text.split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ').trim()));

test('channels are put into another order, left out and taken in, with the keyboard alone', async () => {
  await page.goto(`${world.origin}/studio/channels`);
  await page.getByRole('heading', { name: 'How you are told' }).waitFor();
  await page.getByText('In the order of the configuration file.').waitFor();
  assert.deepEqual(await order(), ['smtp', 'webhook']);
  assert.ok(await page.getByRole('button', { name: 'E-mail: earlier' }).isDisabled());

  await page.getByRole('button', { name: 'Webhook: earlier' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('You have chosen this.').waitFor();
  await until(async () => (await order()).join() === 'webhook,smtp', 'the server has it');
  // The keyboard stays with what was moved.
  await until(() => page.evaluate(() => document.activeElement.closest('[data-channel]')?.dataset.channel === 'webhook'), 'the focus is kept');
  assert.match((await shown())[0], /1 Webhook/);

  await page.getByRole('button', { name: 'Leave out E-mail' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Take in E-mail' }).waitFor();
  assert.deepEqual(await order(), ['webhook']);
  assert.ok(await page.getByRole('button', { name: 'Leave out Webhook' }).isDisabled(), 'one is always left');
  await page.reload();
  await page.getByText('left out').waitFor();
  for (const [colorScheme, viewport] of [['light', { width: 1280, height: 860 }], ['dark', { width: 1280, height: 860 }], ['light', { width: 390, height: 800 }]]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))).then(() => {}));
    if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, `channels-${colorScheme}-${viewport.width}.png`), fullPage: true });
    assert.deepEqual(await axeFindings(page), [], `${colorScheme} ${viewport.width}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${over} px too wide at ${viewport.width}`);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole('button', { name: 'Take in E-mail' }).click();
  await until(async () => (await order()).join() === 'webhook,smtp', 'it is the last one');

  await page.getByRole('button', { name: 'As configured' }).click();
  await page.getByText('In the order of the configuration file.').waitFor();
  assert.deepEqual(await order(), ['smtp', 'webhook']);
  await page.getByText('You are told as the configuration says.').locator('..').getByRole('button', { name: 'Undo' }).click();
  await until(async () => (await order()).join() === 'webhook,smtp', 'what was chosen is back');
  assert.deepEqual(world.trouble, []);
});
