// What operators see and do: certificates, incidents, channels, drills, jobs, health.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after } from 'node:test';
import { axeFindings, desk, devices, isFit, nameServer, person, phone, press, stage, stop, until } from './harness.mjs';

const kPages = ['/certificates', '/incidents', '/channels', '/drills', '/jobs', '/health'];
const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

// Somebody who is told of incidents: what they were told, and whether they refuse tests.
const hooked = [];
let refusing = false;
const hook = http.createServer((request, response) => {
  let text = '';
  request.on('data', (bytes) => (text += bytes));
  request.on('end', () => {
    hooked.push(text);
    response.writeHead(refusing ? 500 : 200).end(refusing ? 'no room' : 'taken');
  });
});
const names = await nameServer();
const port = await listening(hook);
/** Endpoints whose certificate nobody trusts, watched from the beginning: it takes a while until there is an incident. */
let watched;
const place = stage({ configuration: `[certificates]\nsteward = "ops@example.org"\ndeputy = "night@example.org"\n\n[dns]\nservers = ["127.0.0.1:${names.address().port}"]\n\n[notify.webhook]\nurl = "http://127.0.0.1:${port}/hook"\n` }, async (world) => {
  await world.operator();
  watched = { kept: await world.stranger(), removed: await world.stranger() };
  for (const target of Object.values(watched)) world.run('cert', 'watch', target);
});
after(() => {
  hook.close();
  names.close();
});
const incidentOf = (world, target) => until(() => world.json('incident', 'list').find((one) => JSON.stringify(one).includes(target)), `there is an incident about ${target}`);
/** A test in which refusals are shown. */
const walk = (name, given, body) => place.walk(name, { expected: /422|502/, ...(body ? given : {}) }, body ?? given);

const to = async (where, page, visit) => {
  await page.goto(visit.studio(where));
  await page.locator('h1').first().waitFor();
};
/** A name of its own, whose certificate is there. */
function named(visit, name) {
  const full = `${name}-${visit.number}.test`;
  visit.world.run('cert', 'add', full);
  return full;
}

for (const device of devices) {
  walk(`a name is added, and becomes good before one’s eyes, on a ${device.name}`, { device }, async (visit) => {
    const page = await visit.signedIn();
    const name = `added-${visit.number}.test`;
    await to('/certificates', page, visit);
    await press(page.getByRole('button', { name: 'Add domain' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Domain', { exact: true }).fill('podcasts.example.org');
    await dialog.getByText('CNAME').waitFor();
    await dialog.getByLabel('Domain', { exact: true }).fill(name);
    await dialog.getByText(/local CA issues its certificate/).waitFor();
    await dialog.getByLabel('Steward').fill('ada@example.org');
    assert.deepEqual(await axeFindings(page), []);
    await press(dialog.getByRole('button', { name: 'Add', exact: true }));
    await dialog.getByText(`${name} added`).waitFor();
    await dialog.getByText('Valid', { exact: true }).waitFor();
    await dialog.getByText('Verified from outside').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await press(dialog.getByRole('button', { name: 'Close' }).last());
    const row = page.getByRole('listitem').filter({ hasText: name });
    await row.getByText('Valid', { exact: true }).waitFor();
    await row.getByText('ada@example.org').waitFor();
    await press(page.getByText('View as list'));
    await page.getByRole('row').filter({ hasText: name }).filter({ hasText: 'Renewal' }).waitFor();
    await page.getByLabel('Calendar feed').waitFor();
    await stop(page);
  });
}

walk('a renewal is watched step by step', async (visit) => {
  const page = await visit.signedIn();
  await to(`/certificates/${named(visit, 'renewed')}`, page, visit);
  const steps = page.getByRole('region', { name: 'History' }).getByRole('listitem');
  await steps.filter({ hasText: 'Verified from outside' }).waitFor();
  const serial = () => page.locator('dd.mono').textContent();
  const was = await serial();
  await page.getByRole('button', { name: 'Renew now' }).click();
  await steps.filter({ hasText: 'Requested' }).waitFor();
  await until(async () => (await serial()) !== was, 'another certificate is shown');
  await until(async () => (await steps.filter({ hasText: 'Verified from outside' }).count()) === 2, 'the new one is seen');
  await page.getByText('serves this certificate').first().waitFor();
});

walk('a certificate by hand: request, refusal, import', async (visit) => {
  const { world } = visit;
  const page = await visit.signedIn();
  const hand = `hand-${visit.number}.test`;
  world.run('cert', 'add', hand, '--issuer', 'manual');
  await to(`/certificates/${hand}`, page, visit);
  await page.getByRole('button', { name: 'Create signing request' }).click();
  const request = await page.getByRole('group', { name: 'Signing request' }).locator('pre').textContent();
  assert.match(request, /BEGIN CERTIFICATE REQUEST/);
  // A certificate for another key is refused, check by check; what is no PEM is told at its field.
  await page.getByRole('textbox', { name: 'Certificate and chain' }).fill(fs.readFileSync(path.join(world.folder, 'stranger.pem'), 'utf8'));
  await page.getByRole('button', { name: 'Check and activate' }).click();
  await page.getByText('The certificate wasn’t imported').waitFor();
  await page.getByText('Failed').first().waitFor({ state: 'attached' });
  assert.deepEqual(await axeFindings(page), []);
  const [csr, root, key, chain, extensions] = ['hand.csr', 'hand-ca.pem', 'hand-ca.key', 'hand.pem', 'hand.ext'].map((name) => path.join(world.folder, name));
  fs.writeFileSync(csr, request);
  fs.writeFileSync(extensions, `subjectAltName=DNS:${hand}\nextendedKeyUsage=serverAuth\n`);
  const openssl = (...given) => execFileSync('openssl', given, { stdio: 'ignore' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', root, '-days', '60', '-subj', '/CN=Hand CA');
  openssl('x509', '-req', '-in', csr, '-CA', root, '-CAkey', key, '-CAcreateserial', '-out', chain, '-days', '40', '-extfile', extensions);
  fs.appendFileSync(chain, fs.readFileSync(root));
  await page.locator('input[type=file]').first().setInputFiles(chain);
  await until(async () => (await page.getByRole('textbox', { name: 'Certificate and chain' }).inputValue()).includes('BEGIN CERTIFICATE'), 'the file is read');
  await page.getByRole('button', { name: 'Check and activate' }).click();
  await page.getByRole('list').filter({ hasText: 'Passed' }).last().waitFor();
  // It is valid, and goes through no steps of a renewal: nobody ordered anything. Whatever the look from outside is doing.
  for (const state of ['renewing', 'ok']) {
    await page.route(`**/api/v1/certificates/${hand}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), state, next_step: state === 'renewing' ? 'seen' : 'due' } });
    });
    await page.reload();
    await page.locator('.page-head').getByText('Valid', { exact: true }).waitFor();
    assert.equal(await page.getByRole('list', { name: 'Renewal progress' }).count(), 0);
    await page.unroute(`**/api/v1/certificates/${hand}`);
  }
});

walk('two incidents of one name are two different lines', async (visit) => {
  const page = await visit.signedIn();
  await page.route(/\/api\/v1\/incidents(\?|$)/, async (route) => {
    const one = (id, kind, state) => ({ id, kind, subject: 'pod.example.org', opened_at: '2026-11-29T10:00:00Z', state, owner: null, steward: person.email, deputy: null, what: 'It failed.', consequence: 'Soon.', remedy: '', acknowledged_until: null, solved_at: state === 'solved' ? '2026-11-29T11:00:00Z' : null, messages: [] });
    await route.fulfill({ json: { items: [one('a', 'renewal-failed', 'open'), one('b', 'not-seen', 'open'), one('c', 'renewal-failed', 'solved'), one('d', 'not-seen', 'solved')], next: null, total: 4 } });
  });
  await to('/incidents', page, visit);
  for (const name of ['Renewal failed: pod.example.org', 'Wrong certificate served: pod.example.org']) assert.equal(await page.getByRole('link', { name, exact: true }).count(), 2, name);
});

for (const device of devices) {
  walk(`an incident opens while one looks, is acknowledged, and is told of, on a ${device.name}`, { device }, async (visit) => {
    const target = await visit.world.stranger();
    const page = await visit.signedIn();
    const other = await page.context().newPage();
    await to('/incidents', other, visit);
    await to('/certificates', page, visit);
    await press(page.getByRole('button', { name: 'Monitor an endpoint' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Endpoint').fill('nonsense');
    await press(dialog.getByRole('button', { name: 'Start monitoring', exact: true }));
    await dialog.getByText('has no port; add one after the name').waitFor();
    await dialog.getByLabel('Endpoint').fill(target);
    await press(dialog.getByRole('button', { name: 'Start monitoring', exact: true }));
    const row = page.getByRole('listitem').filter({ hasText: target });
    await row.getByText('Problem', { exact: true }).waitFor();
    // The other page hears of it by itself.
    const card = other.getByRole('listitem').filter({ hasText: target });
    await card.getByRole('button', { name: 'Acknowledge' }).waitFor();
    // Once it is acknowledged, nobody is told any more.
    await until(() => hooked.some((text) => text.includes(target)), 'somebody was told');
    await card.getByLabel('Pause reminders').selectOption('1d');
    await press(card.getByRole('button', { name: 'Acknowledge' }));
    await card.getByText('Acknowledged', { exact: true }).waitFor();
    await card.getByText(`${person.email} is handling this. Reminders are paused until`).waitFor();
    await press(card.getByRole('link', { name: target }));
    await other.getByRole('heading', { name: 'What to do' }).waitFor();
    await other.getByRole('heading', { name: `: ${target}`, level: 1 }).waitFor();
    await other.getByText('Delivered').first().waitFor();
    await stop(other);
    await isFit(other, `an incident, on a ${device.name}`, ['light', 'dark']);
  });
}

walk('a channel is tried, and says why it did not work', async (visit) => {
  const page = await visit.signedIn();
  await to('/channels', page, visit);
  await page.getByRole('button', { name: 'Send test: Webhook' }).click();
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('To').inputValue(), person.email);
  await dialog.getByRole('button', { name: 'Send' }).click();
  await dialog.getByText(`Test message delivered to ${person.email}`).waitFor();
  try {
    refusing = true;
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('The test couldn’t be delivered').waitFor();
  } finally {
    refusing = false;
  }
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press('Escape');
  await page.getByText('Add a second channel').click();
  await page.getByText('[notify.smtp]').waitFor();
});

for (const device of devices) {
  walk(`a drill is watched, and found again at its address, on a ${device.name}`, { device }, async (visit) => {
    const page = await visit.signedIn();
    await to('/drills', page, visit);
    await press(page.getByRole('button', { name: 'Run drill: Wrong certificate issued' }));
    const events = page.getByRole('region', { name: 'Wrong certificate issued' }).getByRole('listitem');
    // A browser that is slow may show it only when it has ended.
    await page.getByRole('progressbar').or(events.first()).first().waitFor();
    await events.first().waitFor({ timeout: 60_000 });
    // It plays by itself, to its end.
    await page.getByRole('button', { name: 'Replay' }).waitFor();
    await events.filter({ has: page.getByText('Rejected', { exact: true }) }).first().waitFor();
    await page.getByText('The wrong certificate was rejected, the old one stayed active').waitFor();
    const count = await events.count();
    await page.reload();
    await until(async () => (await events.count()) === count, 'it is there again');
    await stop(page);
    await isFit(page, `a drill, on a ${device.name}`, ['light', 'dark']);
  });
}

walk('jobs are listed after a publication, and live while one looks', async (visit) => {
  const network = visit.network();
  const page = await visit.signedIn({ network });
  await to('/jobs', page, visit);
  await page.getByText('No jobs').waitFor();
  const { slug } = await visit.api(page, 'POST', `/shows?network=${network}`, { slug: `tide-${visit.number}`, title: 'The Tide' });
  visit.episode(slug, 'First bells');
  const row = page.getByRole('listitem').filter({ hasText: 'Process recording' }).filter({ hasText: 'First bells' });
  await row.getByText('Done', { exact: true }).waitFor();
  await row.getByRole('link', { name: 'First bells' }).waitFor();
  await page.getByLabel('Include server jobs').check();
  await page.getByText('Clean up').first().waitFor();
});

walk('health tells of space, jobs, certificates, incidents and networks', async (visit) => {
  visit.episode(visit.show());
  await incidentOf(visit.world, watched.kept);
  const page = await visit.signedIn();
  await to('/health', page, visit);
  const region = (name) => page.getByRole('region', { name });
  await region('Disk space').getByText(/free of/).waitFor();
  assert.match(await region('Certificates').textContent(), /\d+ Valid/);
  await region('Incidents').getByText(/open incident/).waitFor();
  const network = region('Networks').getByRole('listitem').filter({ hasText: 'Harbour Media' }).first();
  assert.match(await network.textContent(), /Storage\s*[1-9]/, 'what was published takes up space');
  await page.getByText('Monitoring endpoints').click();
  assert.equal(await page.getByLabel('Responds while').inputValue(), `${visit.origin}/healthz`);
});

walk('every page is for everybody: light, dark, on a phone', async (visit) => {
  const { world } = visit;
  const bells = named(visit, 'bells');
  world.run('cert', 'add', `by-hand-${visit.number}.test`, '--issuer', 'manual');
  await until(() => world.json('cert', 'list').some((one) => one.name === bells && one.state === 'ok'), 'its certificate is there');
  await incidentOf(world, watched.kept);
  for (const [device, colorSchemes] of [[desk, ['light', 'dark']], [phone, ['light']]]) {
    const page = await visit.signedIn(device.options);
    for (const where of [...kPages, `/certificates/${bells}`, `/certificates/by-hand-${visit.number}.test`]) {
      await to(where, page, visit);
      await until(async () => (await page.locator('.loading').count()) === 0, `${where} is there`);
      await page.locator('.card').first().waitFor();
      await stop(page);
      await isFit(page, `${where} ${device.name}`, colorSchemes);
    }
    await page.context().close();
  }
});

walk('what is not wanted any more goes after one question', async (visit) => {
  const bells = named(visit, 'unwanted');
  const target = watched.removed;
  await incidentOf(visit.world, target);
  const page = await visit.signedIn();
  await to('/certificates', page, visit);
  await page.getByRole('button', { name: `Remove ${bells}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await until(async () => (await page.getByRole('link', { name: bells }).count()) === 0, 'it is gone');
  await page.getByRole('button', { name: `Stop monitoring ${target}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await until(async () => (await page.getByText(target, { exact: true }).count()) === 0, 'it is gone');
  await to('/incidents', page, visit);
  await page.getByText('Resolved').first().waitFor();
});
