// Putting people out, in a real browser against the real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axeFindings, desk, phone, until, World } from './harness.mjs';

const password = 'the quay is long and wet';
let world;
let page;
before(async () => {
  world = await World.start();
  page = await world.signedIn();
});
after(() => world.stop());

const studio = (place) => `${world.origin}/studio${place}`;

/** Somebody with a role, signed in in a browser of their own. */
async function guest(email, name) {
  const link = world.json('user', 'create', email, '--name', name, '--role', 'producer').link.split('/').pop();
  const other = await world.page();
  await other.goto(studio('/sign-in'));
  const set = await other.evaluate(async ({ link, password }) => (await fetch(`/api/v1/links/${link}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ password }) })).status, { link, password });
  assert.equal(set, 200);
  await world.signIn(other, { email, password });
  return other;
}
const status = (on) => on.evaluate(async () => (await fetch('/api/v1/shows')).status);
const confirmed = (name) => page.getByRole('dialog').last().getByRole('button', { name, exact: true }).click();

test('somebody is signed out, disabled, enabled and deleted, and each takes effect at once', async () => {
  world.expected = /401|403|404|409/; // whoever was put out is told so
  const other = await guest('grace@example.org', 'Grace Quay');
  world.run('token', 'create', '--user', 'grace@example.org', '--name', 'The web site');
  await page.goto(studio('/people?part=all'));
  await page.getByRole('button', { name: 'Manage Grace Quay' }).click();
  const dialog = page.getByRole('dialog', { name: 'Grace Quay' });
  await dialog.getByText('The web site').waitFor();
  await dialog.getByRole('button', { name: 'Remove the token “The web site”' }).click();
  await confirmed('Remove');
  await dialog.getByText('No token', { exact: true }).waitFor();
  assert.deepEqual(world.json('token', 'list', '--user', 'grace@example.org'), []);

  assert.equal(await status(other), 200);
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await dialog.getByText('Nowhere').waitFor();
  assert.equal(await status(other), 401);

  await dialog.getByRole('button', { name: 'Disable' }).click();
  await confirmed('Disable');
  await dialog.getByText('This account was disabled').waitFor();
  for (const [colorScheme, device] of [['light', desk], ['dark', desk], ['light', phone]]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(device.options.viewport);
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))).then(() => {}));
    assert.deepEqual(await axeFindings(page), [], `${colorScheme} ${device.name}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(desk.options.viewport);
  await other.goto(studio('/sign-in'));
  await other.getByLabel('E-mail address').fill('grace@example.org');
  await other.getByLabel('Password').fill(password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByText(/not right/).waitFor();

  await dialog.getByRole('button', { name: 'Enable' }).click();
  await dialog.getByRole('button', { name: 'Disable' }).waitFor();
  await world.signIn(other, { email: 'grace@example.org', password });
  assert.equal(await status(other), 200);

  await dialog.getByRole('button', { name: 'Delete the account' }).click();
  await confirmed('Delete the account');
  await until(async () => (await page.getByText('grace@example.org').count()) === 0, 'she is gone');
  assert.equal(await status(other), 401);
  await other.context().close();
});

test('whoever is the last operator is told why they stay', async () => {
  await page.goto(studio('/people?part=all'));
  await page.getByRole('button', { name: 'Manage Ada Tide' }).click();
  await page.getByRole('dialog', { name: 'Ada Tide' }).getByRole('button', { name: 'Remove as operator' }).click();
  await confirmed('Remove as operator');
  await page.getByRole('dialog', { name: 'Ada Tide' }).getByText('is the only operator of this server').waitFor();
});

test('the audit trail shows what was done, and what was refused', async () => {
  await page.goto(studio('/audit'));
  await page.getByText('deleted the account of').first().waitFor();
  await page.getByLabel('Where').selectOption('all');
  await page.getByText('refused to sign in').first().waitFor();
});
