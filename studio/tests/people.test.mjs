// People: inviting them, giving them roles, putting them out, and what the audit trail says of all that.
import assert from 'node:assert/strict';
import { desk, isFit, person, phone, press, stage, until } from './harness.mjs';

const { walk } = stage();

const status = (page) => page.evaluate(async () => (await fetch('/api/v1/shows')).status);

walk('somebody is invited, accepts, is signed in, gets another role, and goes', { expected: /401/ }, async (visit) => {
  const network = visit.network();
  const [email, password] = [`grace.${visit.number}@example.org`, 'the quay is long and wet'];
  const page = await visit.signedIn({ network });
  await page.goto(visit.studio('/people'));
  const show = await visit.api(page, 'POST', `/shows?network=${network}`, { slug: `demo-${visit.number}`, title: 'Bells in the morning' });
  await page.getByLabel('Email address').fill(email);
  assert.deepEqual(await page.getByLabel('Role', { exact: true }).locator('option').allTextContents(), ['Owner', 'Manager', 'Producer', 'Analyst'], 'only roles for what there is');
  await page.getByLabel('Role', { exact: true }).selectOption('producer');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const link = await page.getByLabel('Link to share').inputValue();
  await page.getByRole('heading', { name: 'Pending invitations' }).waitFor();
  await visit.everybodyCan(page, '/people', (other) => other.getByRole('heading', { name: 'Pending invitations' }).waitFor());

  const guest = await visit.page();
  await guest.goto(link.replace('/welcome/', '/studio/welcome/'));
  await guest.getByLabel('Your name').fill('Grace Quay');
  await guest.getByLabel('Password').fill(password);
  await press(guest.getByRole('button', { name: 'Accept invitation' }));
  // She is in, in the network that she was invited to, and stays in.
  await guest.getByText('You’ve joined “Harbour Media”.').waitFor();
  await guest.getByRole('link', { name: 'Bells in the morning' }).waitFor();
  await guest.reload();
  await guest.getByRole('link', { name: 'Bells in the morning' }).waitFor();
  // Somebody with a role that only views sees the settings, and cannot change them.
  await visit.api(page, 'PUT', `/networks/${network}/people/${(await visit.api(guest, 'GET', '/people/me')).id}`, { role: 'analyst' });
  await guest.goto(visit.studio(`/shows/${show.slug}/settings`));
  await guest.getByText('You can view these settings').waitFor();
  assert.ok(await guest.getByLabel('Title', { exact: true }).isDisabled());
  assert.equal(await guest.getByRole('button', { name: 'Save', exact: true }).count(), 0);
  await guest.goto(visit.studio('/people'));
  await guest.getByText(email).first().waitFor();
  assert.equal(await guest.getByRole('button', { name: 'Invite', exact: true }).count(), 0);

  await page.reload();
  await page.getByLabel('Grace Quay’s role').selectOption('manager');
  await page.getByText('Grace Quay’s role is now Manager.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Grace Quay’s role is now Analyst.').waitFor();
  // Her open page loses its events at once, asks again, and is refused.
  visit.expected = /401|403/;
  await page.getByRole('button', { name: 'Remove Grace Quay' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await until(async () => (await page.getByLabel('Grace Quay’s role').count()) === 0, 'she is gone');

  // Back again: she has an account, so nobody but she accepts, whoever has the link.
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const again = await page.getByLabel('Link to share').inputValue();
  const other = await page.context().newPage();
  await other.goto(again);
  await other.getByRole('link', { name: 'Sign in and accept' }).click();
  await other.getByRole('heading', { name: `You’re signed in as ${person.email}` }).waitFor();
  await isFit(other, 'an invitation of somebody else');
  const fresh = await visit.page();
  await fresh.goto(again);
  await fresh.getByRole('link', { name: 'Sign in and accept' }).click();
  await fresh.getByRole('link', { name: 'Sign in to accept' }).click();
  await fresh.getByLabel('Email address').fill(email);
  await fresh.getByLabel('Password').fill(password);
  await fresh.getByRole('button', { name: 'Sign in' }).click();
  await press(fresh.getByRole('button', { name: 'Accept invitation' }));
  await fresh.getByText('You’ve joined “Harbour Media”.').waitFor();
  await page.reload();
  await page.getByLabel('Grace Quay’s role').waitFor();
});

walk('whoever the page of a one-time link has signed in is in', async (visit) => {
  const page = await visit.page();
  await page.context().addCookies(await visit.world.operator());
  await page.goto(visit.studio('/?signed-in'));
  await page.getByRole('heading', { name: 'Shows', level: 1 }).waitFor();
  await page.goto(visit.studio('/account'));
  await page.getByText('This browser').waitFor();
});

walk('an operator creates a person, and an invitation is withdrawn', { expected: /401/ }, async (visit) => {
  const page = await visit.signedIn({ network: visit.network() });
  await page.goto(visit.studio('/people?part=all'));
  await page.getByLabel('Email address').fill('noor@example.org');
  await page.getByRole('button', { name: 'Create account', exact: true }).click();
  const link = await page.getByLabel('Link to share').inputValue();
  await visit.everybodyCan(page, '/people?part=all', (other) => other.getByText('noor@example.org').waitFor());
  const guest = await visit.page();
  await guest.goto(link);
  await guest.getByRole('heading', { name: 'Choose your password' }).waitFor();
  await isFit(guest, 'a link to choose a password', ['light', 'dark']);
  // In the studio, choosing it is enough to be in.
  await guest.goto(link.replace('/welcome/', '/studio/welcome/'));
  await guest.getByLabel('Password').fill('the quay is long and wet');
  await guest.getByRole('button', { name: 'Set password' }).click();
  await guest.getByText('Your password is set. You’re signed in.').waitFor();
  await guest.getByRole('heading', { name: 'Shows', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'This network' }).click();
  await page.getByLabel('Email address').fill('kim@example.org');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await until(async () => (await page.getByText('kim@example.org', { exact: true }).count()) === 0, 'it is withdrawn');
});

// Whoever was put out is told so.
walk('somebody is signed out, disabled, enabled and deleted, and each takes effect at once', { expected: /401|403|404|409/ }, async (visit) => {
  const who = await visit.person('Mona Pier', '--role', 'producer');
  const other = await visit.signedInAs(who);
  const page = await visit.signedIn();
  const confirmed = (name) => page.getByRole('dialog').last().getByRole('button', { name, exact: true }).click();
  visit.world.run('token', 'create', '--user', who.email, '--name', 'The web site');
  await page.goto(visit.studio('/people?part=all'));
  await page.getByRole('button', { name: 'Manage Mona Pier' }).click();
  const dialog = page.getByRole('dialog', { name: 'Mona Pier' });
  await dialog.getByText('The web site').waitFor();
  await dialog.getByRole('button', { name: 'Revoke token “The web site”' }).click();
  await confirmed('Revoke');
  await dialog.getByText('No tokens', { exact: true }).waitFor();
  assert.deepEqual(visit.world.json('token', 'list', '--user', who.email), []);

  assert.equal(await status(other), 200);
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await dialog.getByText('None', { exact: true }).waitFor();
  assert.equal(await status(other), 401);

  await dialog.getByRole('button', { name: 'Disable account' }).click();
  await confirmed('Disable account');
  await dialog.getByText('This account was disabled').waitFor();
  await isFit(page, 'somebody is managed', ['light', 'dark']);
  await page.setViewportSize(phone.options.viewport);
  await isFit(page, 'somebody is managed on a phone');
  await page.setViewportSize(desk.options.viewport);
  await other.goto(visit.studio('/sign-in'));
  await other.getByLabel('Email address').fill(who.email);
  await other.getByLabel('Password').fill(who.password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByText(/is wrong/).waitFor();

  await dialog.getByRole('button', { name: 'Enable account' }).click();
  await dialog.getByRole('button', { name: 'Disable account' }).waitFor();
  await visit.signIn(other, who);
  assert.equal(await status(other), 200);

  await dialog.getByRole('button', { name: 'Delete account' }).click();
  await confirmed('Delete account');
  await until(async () => (await page.getByText(who.email).count()) === 0, 'she is gone');
  assert.equal(await status(other), 401);
});

walk('whoever is the last operator is told why they stay', { expected: /409/ }, async (visit) => {
  const page = await visit.signedIn();
  await page.goto(visit.studio('/people?part=all'));
  await page.getByRole('button', { name: 'Manage Ada Tide' }).click();
  await page.getByRole('dialog', { name: 'Ada Tide' }).getByRole('button', { name: 'Remove as operator' }).click();
  await page.getByRole('dialog').last().getByRole('button', { name: 'Remove as operator', exact: true }).click();
  await page.getByRole('dialog', { name: 'Ada Tide' }).getByText('is the only operator of this server').waitFor();
});

walk('the audit trail tells who did what, what it was before, and what was refused', async (visit) => {
  const page = await visit.signedIn();
  const show = visit.show({ title: 'Gulls in the morning' });
  const gone = await visit.person('Lee Ferry');
  const refused = await page.context().request.post(`${visit.origin}/api/v1/sessions`, { data: { email: gone.email, password: 'not the one that was chosen' } });
  assert.ok(refused.status() >= 400);
  visit.world.run('user', 'delete', gone.email);
  await page.goto(visit.studio('/audit'));
  await visit.api(page, 'PATCH', `/shows/${show}`, { title: 'Gulls at noon' });
  await page.reload();
  await page.getByText('changed the show').first().waitFor();
  await page.getByRole('searchbox').fill('noon');
  await page.locator('ins', { hasText: 'noon' }).first().waitFor();
  assert.ok(await page.locator('del', { hasText: 'morning' }).count());
  await visit.everybodyCan(page, '/audit', (other) => other.getByText('changed the show').first().waitFor());
  await page.goto(visit.studio('/audit'));
  // Episodes are called by their titles.
  visit.episode(show, 'The gull that came back', 2);
  await page.reload();
  await page.getByText('created the episode The gull that came back').waitFor();
  await page.getByLabel('Scope').selectOption('all');
  await page.getByText('deleted the account of').first().waitFor();
  await page.getByText('rejected a sign-in attempt for').first().waitFor();
});
