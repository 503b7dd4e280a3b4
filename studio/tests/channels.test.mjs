// How people are told: the order of channels, chosen with the keyboard.
import assert from 'node:assert/strict';
import { desk, isFit, stage, until } from './harness.mjs';

// Nobody is written to here; both channels need only be configured.
const { walk } = stage({ configuration: '[certificates]\nsteward = "ops@example.org"\n\n[notify.smtp]\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\nfrom = "carillon@example.org"\n\n[notify.webhook]\nurl = "http://127.0.0.1:1/hook"\nsecret = "between us"\n' });

walk('channels are put into another order, left out and taken in, with the keyboard alone', async (visit) => {
  const page = await visit.signedIn();
  const order = async () => (await visit.api(page, 'GET', '/channels')).order;
  const shown = () => page.getByRole('list', { name: 'Your notifications' }).getByRole('listitem').allInnerTexts().then((texts) => texts.map((text) => text.split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ').trim()));
  await page.goto(visit.studio('/channels'));
  await page.getByRole('heading', { name: 'Your notifications' }).waitFor();
  await page.getByText('Default order from the configuration file.').waitFor();
  assert.deepEqual(await order(), ['smtp', 'webhook']);
  assert.ok(await page.getByRole('button', { name: 'Move up: Email' }).isDisabled());

  await page.getByRole('button', { name: 'Move up: Webhook' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Your custom order.').waitFor();
  await until(async () => (await order()).join() === 'webhook,smtp', 'the server has it');
  // The keyboard stays with what was moved.
  await until(() => page.evaluate(() => document.activeElement.closest('[data-channel]')?.dataset.channel === 'webhook'), 'the focus is kept');
  assert.match((await shown())[0], /1 Webhook/);

  await page.getByRole('button', { name: 'Turn off Email' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Turn on Email' }).waitFor();
  assert.deepEqual(await order(), ['webhook']);
  assert.ok(await page.getByRole('button', { name: 'Turn off Webhook' }).isDisabled(), 'one is always left');
  await page.reload();
  await page.getByText('off', { exact: true }).waitFor();
  await isFit(page, 'channels', ['light', 'dark']);
  await page.setViewportSize({ width: 390, height: 800 });
  await isFit(page, 'channels on 390 px');
  await page.setViewportSize(desk.options.viewport);
  await page.getByRole('button', { name: 'Turn on Email' }).click();
  await until(async () => (await order()).join() === 'webhook,smtp', 'it is the last one');

  await page.getByRole('button', { name: 'Reset to default' }).click();
  await page.getByText('Default order from the configuration file.').waitFor();
  assert.deepEqual(await order(), ['smtp', 'webhook']);
  await page.getByText('Notification order reset to the default.').locator('..').getByRole('button', { name: 'Undo' }).click();
  await until(async () => (await order()).join() === 'webhook,smtp', 'what was chosen is back');
});

walk('quiet hours and an absence are set, kept and removed', { expected: /422/ }, async (visit) => {
  const page = await visit.signedIn();
  const stored = () => visit.api(page, 'GET', '/channels/quiet');
  await page.goto(visit.studio('/channels'));
  await page.getByRole('button', { name: 'Add quiet hours' }).click();
  const hours = page.getByRole('group', { name: 'Quiet hours 1' });
  await hours.getByLabel('Sat').check();
  await hours.getByLabel('From').fill('21:30');
  await page.getByLabel('Time zone').fill('Mars/Olympus');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('isn’t a time zone').or(page.getByText("isn't a time zone")).first().waitFor();
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.getByRole('button', { name: 'Add absence' }).click();
  await page.getByRole('group', { name: 'Absences 1' }).getByLabel('First day').fill('2020-12-24');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Quiet hours saved.').waitFor();
  const { zone, hours: texts, absences } = await stored();
  assert.deepEqual({ zone, texts, absences }, { zone: 'Europe/Berlin', texts: ['mon-sat 21:30-07:00'], absences: ['2020-12-24'] });
  await page.reload();
  assert.ok(await page.getByRole('group', { name: 'Quiet hours 1' }).getByLabel('Sat').isChecked());
  await isFit(page, 'quiet hours', ['light', 'dark']);
  await page.setViewportSize({ width: 390, height: 800 });
  await isFit(page, 'quiet hours on 390 px');
  await page.setViewportSize(desk.options.viewport);
  while (await page.getByRole('button', { name: 'Remove' }).count()) await page.getByRole('button', { name: 'Remove' }).first().click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await until(async () => (await stored()).hours.length === 0 && (await stored()).absences.length === 0, 'nothing is left');
});
