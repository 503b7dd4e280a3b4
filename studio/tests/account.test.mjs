// What people do about their own account: tokens, name, sessions, password and second factor.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import decodeQr from 'qr/decode.js';
import { isFit, stage, until } from './harness.mjs';

const { walk } = stage();

/** The six digits of RFC 6238 for a secret in base32. */
function totp(secret, now = Date.now()) {
  const bits = [...secret.replace(/=+$/, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = crypto.createHmac('sha1', key).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}
/** What a reader of QR codes makes of a picture of one. */
async function readQr(visit, picture) {
  const page = await visit.page();
  const pixels = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return { width: image.width, height: image.height, data: [...canvas.getImageData(0, 0, image.width, image.height).data] };
  }, picture.toString('base64'));
  await page.context().close();
  return decodeQr({ ...pixels, data: Uint8ClampedArray.from(pixels.data) });
}
const owner = async (visit, name) => {
  await visit.world.operator(); // the first person is one who looks after the server
  return visit.person(name, '--role', 'owner');
};

walk('without mail a forgotten password leads to the operator, and promises nothing', { expected: /409/ }, async (visit) => {
  await visit.world.operator();
  const page = await visit.page();
  await page.goto(visit.studio('/sign-in'));
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email address').fill('ada@example.org');
  await page.getByRole('button', { name: 'Send reset link' }).click();
  await page.getByText('This server can’t send email.').waitFor();
  assert.equal(await page.getByText('on its way').count(), 0);
});

walk('a token works, with what it may, until it is removed', async (visit) => {
  const page = await visit.signedInAs(await owner(visit, 'Vera Bell'));
  const show = visit.show();
  await page.goto(visit.studio('/account/tokens'));
  await page.getByLabel('Name').fill('The web site');
  // Only access to what there is is offered.
  assert.deepEqual(await page.getByRole('group', { name: 'Access' }).getByRole('checkbox').evaluateAll((all) => all.map((one) => one.labels[0].textContent.trim())), ['View shows and episodes', 'Publish: shows, episodes, uploads', 'People and audit trail', 'The network itself']);
  await page.getByLabel('View shows and episodes').check();
  await page.getByLabel('Expires on').fill('2099-12-31');
  await page.getByRole('button', { name: 'Create token' }).click();
  const token = await page.getByLabel('Token', { exact: true }).inputValue();
  const outside = (await visit.context()).request;
  const asked = async (method, data) => (await outside.fetch(`${visit.origin}/api/v1/shows/${show}`, { method, data, headers: { Authorization: `Bearer ${token}` } })).status();
  assert.equal(await asked('GET'), 200);
  assert.equal(await asked('PATCH', { title: 'No' }), 403);
  await visit.everybodyCan(page, '/account/tokens', (other) => other.getByText('The web site').waitFor());
  await page.getByRole('button', { name: 'Revoke token “The web site”' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByText('No tokens yet').waitFor();
  assert.equal(await asked('GET'), 401);
});

walk('name, sessions and password are changed by their owner', { expected: /401|403|422/ }, async (visit) => {
  const who = await owner(visit, 'Vera Bell');
  const page = await visit.signedInAs(who);
  const other = await visit.signedInAs(who);
  await page.goto(visit.studio('/account'));
  await page.getByLabel('Name', { exact: true }).fill('Vera Toll');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Name updated.').waitFor();
  await page.getByRole('navigation', { name: 'Main' }).getByText('Vera Toll').waitFor();
  await page.getByText('This browser').waitFor();
  await visit.everybodyCan(page, '/account', (one) => one.getByText('This browser').waitFor());
  await page.getByLabel('Current password').fill('wrong wrong wrong');
  await page.getByLabel('New password').fill('the tide waits for nobody at all');
  await page.getByRole('button', { name: 'Change password' }).click();
  await until(() => page.evaluate(() => document.activeElement.id === 'field-current_password'), 'the present password is asked for again');
  await page.getByLabel('Current password').fill(who.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText(/Password changed/).waitFor();
  await other.goto(visit.studio('/people'));
  await other.waitForURL(/sign-in/);
  await visit.signIn(other, { ...who, password: 'the tide waits for nobody at all' });
});

walk('a second factor is set up, asked for at sign-in, and taken off again', { expected: /401|422/ }, async (visit) => {
  const who = await owner(visit, 'Vera Bell');
  const page = await visit.signedInAs(who);
  await page.goto(visit.studio('/account'));
  await page.getByRole('button', { name: 'Set up' }).click();
  // What a phone reads in the code is what the app needs.
  const code = page.getByRole('img', { name: 'QR code for the app' });
  await code.waitFor();
  await page.getByText('Can’t scan it?').click();
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    assert.equal(await readQr(visit, await code.screenshot()), await page.getByLabel('Setup link for the app').inputValue());
    assert.match(await readQr(visit, await code.screenshot()), new RegExp(`secret=${secret}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await isFit(page, 'setting up a second factor', ['light', 'dark']);
  assert.match(await page.getByLabel('Setup link for the app').inputValue(), /^otpauth:\/\/totp\//);
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('region', { name: 'Two-factor authentication' }).getByLabel('Current password').fill(who.password);
  await page.getByRole('button', { name: 'Turn on' }).click();
  await until(() => page.evaluate(() => document.activeElement.id === 'field-code'), 'another code is asked for');
  await page.getByLabel('Code', { exact: true }).fill(totp(secret));
  await page.getByRole('button', { name: 'Turn on' }).click();
  const codes = (await page.getByLabel('Your recovery codes').getByRole('textbox').inputValue()).split(' ');
  assert.equal(codes.length, 10);
  await isFit(page, 'recovery codes');

  const other = await visit.page();
  const begin = async () => {
    await other.goto(visit.studio('/sign-in'));
    await other.getByLabel('Email address').fill(who.email);
    await other.getByLabel('Password').fill(who.password);
    await other.getByRole('button', { name: 'Sign in' }).click();
  };
  await begin();
  // A code works once; this is the one of the half minute to come.
  await other.getByLabel('Code from your authenticator app').fill(totp(secret, Date.now() + 30_000));
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.waitForURL(/\/studio\/$/);
  await other.getByRole('button', { name: 'Sign out' }).click();
  // Going elsewhere before the server has answered would leave the session.
  await other.getByLabel('Email address').waitFor();
  await begin();
  await other.getByLabel('Code from your authenticator app').fill(codes[0]);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.waitForURL(/\/studio\/$/);

  await page.getByRole('button', { name: 'Turn off' }).click();
  await page.getByRole('dialog').getByLabel('Current password').fill(who.password);
  await page.getByRole('dialog').getByLabel('Code from your app').fill('00000-00000');
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByRole('dialog').getByText("neither your authenticator app's current code").waitFor();
  await page.getByRole('dialog').getByLabel('Code from your app').fill(codes[1]);
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('Two-factor authentication is off.').waitFor();
});
