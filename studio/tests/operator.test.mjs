// What operators see and do: certificates, incidents, channels, drills, jobs, health.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { axeFindings, desk, devices, nameServer, person, phone, press, stop, until, World } from './harness.mjs';

let world, page, names, hook, hooked;
/** What each device has on the one server: a page, a name of its own, an endpoint that it watches. */
const its = { desk: { name: 'bells.test' }, phone: { name: 'tower.test' } };
const kPages = ['/certificates', '/incidents', '/channels', '/drills', '/jobs', '/health'];
/** STUDIO_SHOTS=folder keeps a picture of each page. */
const shots = process.env.STUDIO_SHOTS;

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

before(async () => {
  hooked = [];
  names = await nameServer();
  hook = http.createServer((request, response) => {
    let text = '';
    request.on('data', (bytes) => (text += bytes));
    request.on('end', () => {
      hooked.push(text);
      response.writeHead(hook.broken ? 500 : 200).end(hook.broken ? 'no room' : 'taken');
    });
  });
  const port = await listening(hook);
  world = await World.start({ configuration: `[certificates]\nsteward = "ops@example.org"\ndeputy = "night@example.org"\n\n[dns]\nservers = ["127.0.0.1:${names.address().port}"]\n\n[notify.webhook]\nurl = "http://127.0.0.1:${port}/hook"\n` });
  // Somebody whose certificate nobody trusts.
  for (const mine of Object.values(its)) mine.target = await world.stranger();
  world.expected = /422|502/;  // refusals that are shown
  page = its.desk.page = await world.signedIn(desk.options);
  its.phone.page = await world.signedIn(phone.options);
});
after(async () => {
  await world?.stop();
  hook?.close();
  names?.close();
});

const to = async (where, on = page) => {
  await on.goto(`${world.origin}/studio${where}`);
  await on.locator('h1').first().waitFor();
};
/** A picture or a check of colours waits until they have changed. */
const inColours = async (on, colorScheme) => {
  await on.emulateMedia({ colorScheme });
  await on.evaluate(() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
};
const call = (method, path, body) =>
  page.evaluate(
    async ([method, path, body]) => {
      const { csrf } = await (await fetch('/api/v1/sessions/current')).json();
      const answer = await fetch('/api/v1' + path, { method, headers: { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
      return answer.status === 204 ? null : answer.json();
    },
    [method, path, body],
  );

for (const device of devices) {
  test(`a name is added, and becomes good before one’s eyes, on a ${device.name}`, async () => {
    const { page, name } = its[device.name];
    await to('/certificates', page);
    await press(page.getByRole('button', { name: 'Add a name' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('podcasts.example.org');
    await dialog.getByText('CNAME').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByText('the local CA of this server signs it').waitFor();
    await dialog.getByLabel('Steward').fill('ada@example.org');
    assert.deepEqual(await axeFindings(page), []);
    await press(dialog.getByRole('button', { name: 'Add', exact: true }));
    await dialog.getByText(`${name} is kept from now on`).waitFor();
    await dialog.getByText('In order').waitFor();
    await dialog.getByText('Seen from outside').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await press(dialog.getByRole('button', { name: 'Close' }).last());
    const row = page.getByRole('listitem').filter({ hasText: name });
    await row.getByText('In order').waitFor();
    await row.getByText('ada@example.org').waitFor();
    await press(page.getByText('As a list'));
    await page.getByRole('row').filter({ hasText: name }).filter({ hasText: 'Renewal' }).waitFor();
    await page.getByLabel('For your calendar program').waitFor();
    await stop(page);
  });
}

test('a renewal is watched step by step', async () => {
  await to('/certificates/bells.test');
  const steps = page.getByRole('region', { name: 'Step by step' }).getByRole('listitem');
  await steps.filter({ hasText: 'Seen from outside' }).waitFor();
  const serial = () => page.locator('dd.mono').textContent();
  const was = await serial();
  await page.getByRole('button', { name: 'Renew now' }).click();
  await steps.filter({ hasText: 'Asked for' }).waitFor();
  await until(async () => (await serial()) !== was, 'another certificate is shown');
  await until(async () => (await steps.filter({ hasText: 'Seen from outside' }).count()) === 2, 'the new one is seen');
  await page.getByText('serves this certificate').first().waitFor();
});

test('a certificate by hand: request, refusal, import', async () => {
  await call('POST', '/certificates', { name: 'hand.test', issuer: 'manual' });
  await to('/certificates/hand.test');
  await page.getByRole('button', { name: 'Make a signing request' }).click();
  const request = await page.getByRole('group', { name: 'Signing request' }).locator('pre').textContent();
  assert.match(request, /BEGIN CERTIFICATE REQUEST/);
  // A certificate for another key is refused, check by check; what is no PEM is told at its field.
  await page.getByRole('textbox', { name: 'Certificate with its chain' }).fill(fs.readFileSync(path.join(world.folder, 'stranger.pem'), 'utf8'));
  await page.getByRole('button', { name: 'Check and use it' }).click();
  await page.getByText('It was not taken').waitFor();
  await page.getByText('Did not pass').first().waitFor({ state: 'attached' });
  assert.deepEqual(await axeFindings(page), []);
  const [csr, root, key, chain, extensions] = ['hand.csr', 'hand-ca.pem', 'hand-ca.key', 'hand.pem', 'hand.ext'].map((name) => path.join(world.folder, name));
  fs.writeFileSync(csr, request);
  fs.writeFileSync(extensions, 'subjectAltName=DNS:hand.test\nextendedKeyUsage=serverAuth\n');
  const openssl = (...given) => execFileSync('openssl', given, { stdio: 'ignore' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', root, '-days', '60', '-subj', '/CN=Hand CA');
  openssl('x509', '-req', '-in', csr, '-CA', root, '-CAkey', key, '-CAcreateserial', '-out', chain, '-days', '40', '-extfile', extensions);
  fs.appendFileSync(chain, fs.readFileSync(root));
  await page.locator('input[type=file]').first().setInputFiles(chain);
  await until(async () => (await page.getByRole('textbox', { name: 'Certificate with its chain' }).inputValue()).includes('BEGIN CERTIFICATE'), 'the file is read');
  await page.getByRole('button', { name: 'Check and use it' }).click();
  await page.getByRole('list').filter({ hasText: 'Passed' }).last().waitFor();
});

for (const device of devices) {
  test(`an incident opens while one looks, is acknowledged, and is told of, on a ${device.name}`, async () => {
    const { page, target } = its[device.name];
    const other = await page.context().newPage();
    await to('/incidents', other);
    await to('/certificates', page);
    await press(page.getByRole('button', { name: 'Watch an endpoint' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Endpoint').fill('nonsense');
    await press(dialog.getByRole('button', { name: 'Watch', exact: true }));
    await dialog.getByText('write HOST:PORT').waitFor();
    await dialog.getByLabel('Endpoint').fill(target);
    await press(dialog.getByRole('button', { name: 'Watch', exact: true }));
    const row = page.getByRole('listitem').filter({ hasText: target });
    await row.getByText('Trouble', { exact: true }).waitFor();
    // The other page hears of it by itself.
    const card = other.getByRole('listitem').filter({ hasText: target });
    await card.getByRole('button', { name: 'Mine' }).waitFor();
    await card.getByLabel('How long').selectOption('1d');
    await press(card.getByRole('button', { name: 'Mine' }));
    await card.getByText('Somebody is on it').waitFor();
    await card.getByText(`${person.email} is on it; no reminders until`).waitFor();
    await press(card.getByRole('link', { name: target }));
    await other.getByRole('heading', { name: 'What to do' }).waitFor();
    await until(() => hooked.some((text) => text.includes(target)), 'somebody was told');
    await other.getByText('Delivered').first().waitFor();
    await stop(other);
    for (const colorScheme of ['light', 'dark']) {
      await inColours(other, colorScheme);
      assert.deepEqual(await axeFindings(other), []);
      if (shots) await other.screenshot({ path: path.join(shots, `incident-${colorScheme}.png`), fullPage: true });
    }
    await other.close();
  });
}

test('a channel is tried, and says why it did not work', async () => {
  await to('/channels');
  await page.getByRole('button', { name: 'Send a test through Webhook' }).click();
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('To').inputValue(), person.email);
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText(`Delivered, for ${person.email}`).waitFor();
  hook.broken = true;
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText('It was not delivered').waitFor();
  hook.broken = false;
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press('Escape');
  await page.getByText('Add a second one').click();
  await page.getByText('[notify.smtp]').waitFor();
});

for (const device of devices) {
  test(`a drill is watched, and found again at its address, on a ${device.name}`, async () => {
    const { page } = its[device.name];
    await to('/drills', page);
    await press(page.getByRole('button', { name: 'Rehearse: A wrong certificate arrives' }));
    await page.getByRole('progressbar').waitFor();
    const events = page.getByRole('region', { name: 'A wrong certificate arrives' }).getByRole('listitem');
    await events.first().waitFor({ timeout: 60_000 });
    await press(page.getByRole('button', { name: 'Show everything' }));
    await events.filter({ hasText: 'Rejected' }).waitFor();
    await page.getByText('It was refused, the old one stayed in use').waitFor();
    const count = await events.count();
    await page.reload();
    await until(async () => (await events.count()) === count, 'it is there again');
    await stop(page);
    for (const colorScheme of ['light', 'dark']) {
      await inColours(page, colorScheme);
      assert.deepEqual(await axeFindings(page), []);
      if (shots) await page.screenshot({ path: path.join(shots, `drill-${colorScheme}.png`), fullPage: true });
    }
    await page.emulateMedia({ colorScheme: null });
  });
}

test('jobs are listed after a publication, and live while one looks', async () => {
  world.run('show', 'create', 'tide', '--title', 'The Tide');
  await to('/jobs');
  await page.getByText('Nothing to do').waitFor();
  world.run('publish', world.recording(), '--show', 'tide', '--title', 'First bells');
  const row = page.getByRole('listitem').filter({ hasText: 'Process a recording' }).filter({ hasText: 'First bells' });
  await row.getByText('Done', { exact: true }).waitFor();
  await row.getByRole('link', { name: 'First bells' }).waitFor();
  await page.getByLabel('The server’s own, too').check();
  await page.getByText('Tidy up').first().waitFor();
});

test('health tells of space, jobs, certificates, incidents and networks', async () => {
  await to('/health');
  const region = (name) => page.getByRole('region', { name });
  await region('Space').getByText(/free of/).waitFor();
  assert.match(await region('Certificates').textContent(), /\d+ In order/);
  await region('Incidents').getByText(/incident.* open/).waitFor();
  const network = region('Networks').getByRole('listitem').filter({ hasText: 'Harbour Media' });
  assert.match(await network.textContent(), /Storage\s*[1-9]/, 'what was published takes up space');
  await page.getByText('For your monitoring').click();
  assert.equal(await page.getByLabel('Answers as long as').inputValue(), `${world.origin}/healthz`);
});

test('every page is for everybody: light, dark, on a phone', async () => {
  const pages = [...kPages, '/certificates/bells.test', '/certificates/hand.test'];
  for (const [kind, options] of [['light', {}], ['dark', { colorScheme: 'dark' }], ['phone', phone.options]]) {
    const context = await world.context({ ...options, storageState: await page.context().storageState() });
    context.setDefaultTimeout(40_000);
    const viewer = await context.newPage();
    for (const where of pages) {
      await to(where, viewer);
      await until(async () => (await viewer.locator('.loading').count()) === 0, `${where} is there`);
      await viewer.locator('.card').first().waitFor();
      await stop(viewer);
      assert.deepEqual(await axeFindings(viewer), [], `${where} ${kind}`);
      const wide = await viewer.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${where} ${kind} is ${wide} px too wide`);
      if (shots) await viewer.screenshot({ path: path.join(shots, `${where.slice(1).replaceAll('/', '-')}-${kind}.png`), fullPage: true });
    }
    await context.close();
    world.contexts.splice(world.contexts.indexOf(context), 1);
  }
});

test('what is not wanted any more goes after one question', async () => {
  await to('/certificates');
  await page.getByRole('button', { name: 'Remove bells.test' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await until(async () => (await page.getByRole('link', { name: 'bells.test' }).count()) === 0, 'it is gone');
  const { target } = its.desk;
  await page.getByRole('button', { name: `Stop watching ${target}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await until(async () => (await page.getByText(target, { exact: true }).count()) === 0, 'it is gone');
  await to('/incidents');
  await page.getByText('Solved').first().waitFor();
});

test('nothing complained', () => assert.deepEqual(world.trouble, []));
