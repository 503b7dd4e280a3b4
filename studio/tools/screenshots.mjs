// screenshots.mjs FOLDER [LANGUAGE]: pictures of the studio's and the public pages' main screens, light, dark and as on a phone, of a real
// server with something to show; the studio in LANGUAGE, English if none is given. What only some of them need to show (a dialog, a conflict) is taken in fewer of the three.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { desk, nameServer, phone, press, root, texts, until, World } from '../tests/harness.mjs';

const [folder, language = 'en'] = process.argv.slice(2);
const t = await texts(language);
const locale = language === 'en' ? 'en-GB' : language;
/** Every screen, whole, and in the dark on a phone, too: to be looked at. The manual needs less. */
const all = !!process.env.ALL;
/** As narrow as phones are. */
const narrow = { ...phone.options, viewport: { width: 360, height: 780 }, locale };
const kinds = [
  ['', { ...desk.options, locale }],
  ['-dark', { ...desk.options, locale, colorScheme: 'dark' }],
  ['-phone', narrow],
  ...(all ? [['-phone-dark', { ...narrow, colorScheme: 'dark' }]] : []),
];
const publicDesk = { viewport: { width: 1100, height: 900 } };

const names = await nameServer();
const world = await World.start({
  configuration: `[certificates]\nnames = ["podcasts.harbour.test", "www.harbour.test"]\nsteward = "ada@example.org"\ndeputy = "night-watch@example.org"\n\n[dns]\nservers = ["127.0.0.1:${names.address().port}"]\n`,
});
/** Pictures and the waveform are drawn, nothing moves any more. */
async function settled(page) {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.loading') && [...document.images].every((one) => one.complete || one.loading === 'lazy'));
  await page.waitForTimeout(600);
}
async function shoot(page, name) {
  await settled(page);
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: all });
}
const studio = (place) => `${world.origin}/studio${place}`;

try {
  const spoken = path.join(world.folder, 'welcome.wav');
  execFileSync('espeak-ng', ['-v', 'en-gb', '-s', '150', '-f', path.join(root, 'packaging/sample/welcome.txt'), '-w', spoken]);

  // The way in, before anybody is there.
  const link = world.json('welcome').link;
  for (const [suffix, options] of kinds.filter(([suffix]) => !suffix.endsWith('-dark'))) {
    const page = await world.page(options);
    await page.goto(link);
    await shoot(page, `studio-welcome${suffix}`);
    await page.context().close();
  }

  const first = await world.signedIn({ locale });
  await first.goto(studio('/'));
  await shoot(first, 'studio-empty');
  const show = (slug, title, ...more) => world.run('show', 'create', slug, '--title', title, '--author', 'Harbour Media', '--email', 'owner@example.org', '--description', 'What the bells of a harbour tell: people who live by them, ring them, cast them, and one who cannot hear them.', ...more);
  show('bells', 'Bells in the morning', '--image', path.join(root, 'packaging/sample/cover.png'), '--category', 'Society & Culture');
  show('tides', 'Tides and tempers', '--category', 'Science');
  const episodes = [
    ['How a bell is cast', 'Bronze, loam and patience: a morning in the **foundry**.'],
    ['The keeper of the tower', 'She has climbed the stairs every day for forty years.'],
    ['Fog', 'When nobody sees the harbour, everybody listens.'],
    ['A storm, and who rang through it', 'The night of the great flood, told by those who rang.'],
    ['Three hundred steps', 'All the way up, with a microphone.'],
  ];
  for (const [index, [title, notes]] of episodes.entries()) world.run('publish', spoken, '--show', 'bells', '--title', title, '--number', String(index + 1), '--notes', world.text(`${index}.md`, notes));
  const notes = world.text('notes.md', 'We climb the tower of **St Nicholas** with its keeper, and stay until the bells ring in the morning.\n\n- [The tower](https://example.org/tower) can be visited on Sundays.\n- Recorded in March, in the rain.\n\nMusic by the *Harbour Band*.');
  const episode = world.json('publish', spoken, '--show', 'bells', '--title', 'The tower at dawn', '--number', '6', '--notes', notes);
  world.run('publish', spoken, '--show', 'bells', '--title', 'What the tide brings', '--number', '7', '--notes', notes, '--at', new Date(Date.now() + 3 * 86_400_000).toISOString().replace(/T.*/, 'T17:00:00Z'));
  const chapters = JSON.stringify({ version: '1.2.0', chapters: [{ startTime: 0, title: 'At the foot of the stairs' }, { startTime: 14, title: 'The ringing room' }, { startTime: 27, title: 'Dawn' }] });
  await first.evaluate(async ([id, body]) => {
    const { csrf } = await (await fetch('/api/v1/sessions/current')).json();
    await fetch(`/api/v1/episodes/${id}/chapters`, { method: 'PUT', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, body });
  }, [episode.id, chapters]);
  world.run('cert', 'watch', await world.stranger());
  await until(() => world.json('incident', 'list').length > 0, 'there is an incident to show', 90_000);
  await until(() => world.json('cert', 'list').filter((one) => !one.watched && one.issuer === 'local').every((one) => one.state === 'ok'), 'the certificates are there', 90_000);
  const [incident] = world.json('incident', 'list');

  const shots = [
    ['studio-shows', '/'],
    ['studio-episodes', '/shows/bells'],
    ['studio-episode', `/episodes/${episode.id}`],
    ['studio-settings', '/shows/bells/settings'],
    ['studio-directories', '/shows/bells/directories'],
    ['studio-certificates', '/certificates'],
    ['studio-certificate', '/certificates/podcasts.harbour.test'],
    ['studio-incident', `/incidents/${incident.id}`],
    ['studio-people', '/people'],
    ...(all ? [['studio-account', '/account'], ['studio-tokens', '/account/tokens'], ['studio-channels', '/channels'], ['studio-drills', '/drills'], ['studio-health', '/health'], ['studio-domains', '/shows/bells/domains'], ['studio-jobs', '/jobs'], ['studio-audit', '/audit'], ['studio-new', '/shows/new']] : []),
  ];
  for (const [suffix, options] of kinds) {
    const page = await world.signedIn(options);
    for (const [name, place] of shots) {
      await page.goto(studio(place));
      await shoot(page, name + suffix);
    }
    await page.goto(studio('/certificates'));
    await press(page.getByRole('button', { name: t.certificates.add }));
    await page.getByRole('dialog').getByLabel(t.certificates.nameField, { exact: true }).fill('bells.example.org');
    await page.getByRole('dialog').getByText('CNAME').waitFor();
    await shoot(page, `studio-dialog${suffix}`);
    if (!suffix.endsWith('-dark')) {
      // Two people write the same: the second is told.
      await page.goto(studio('/shows/tides/settings'));
      const author = page.getByLabel(t.settings.author, { exact: true });
      await author.waitFor();
      await page.route('**/api/v1/events*', (route) => route.abort());
      await page.reload();
      await author.fill('Ada Tide and friends');
      world.run('show', 'edit', 'tides', '--author', `The Harbour Trust${suffix}`.replace('-phone', ' and its friends'));
      await press(page.getByRole('button', { name: t.common.save, exact: true }));
      await page.getByText(t.showSettings.conflict(t.showSettings.fields.author)).waitFor();
      await shoot(page, `studio-conflict${suffix}`);
      await page.unroute('**/api/v1/events*');
      await press(page.getByRole('button', { name: t.showSettings.discard }));
      // A recording on its way, slow enough to be seen.
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      await session.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: 8e6, uploadThroughput: 1.5e6 });
      await page.goto(studio('/shows/tides'));
      const chooser = page.waitForEvent('filechooser');
      await press(page.getByRole('button', { name: new RegExp(`^(${t.episodes.new}|${t.episodes.choose})$`) }).first());
      await (await chooser).setFiles(world.recording('springtide-and-neap.wav', 300));
      await until(async () => Number(await page.getByRole('progressbar').getAttribute('aria-valuenow').catch(() => 0)) >= 20, 'some of it is sent');
      await shoot(page, `studio-upload${suffix}`);
    }
    if (suffix === '-phone') {
      await page.goto(studio('/'));
      await press(page.getByRole('button', { name: t.nav.menu }));
      await shoot(page, 'studio-menu-phone');
    }
    await page.context().close();
  }

  const pages = [
    ['start', `${world.origin}/`],
    ['show', `${world.origin}/shows/bells`],
    ['episode', episode.page],
    ['embed', `${world.origin}/embed/${episode.id}`],
    ['status', `${world.origin}/status`],
  ];
  for (const [suffix, options] of language !== 'en' ? [] : [['', publicDesk], ['-dark', { ...publicDesk, colorScheme: 'dark' }], ['-phone', narrow]]) {
    const page = await world.page(options);
    for (const [name, address] of pages) {
      if (name === 'embed') await page.setViewportSize(suffix === '-phone' ? { width: 360, height: 240 } : { width: 600, height: 200 });
      await page.goto(address);
      await shoot(page, name + suffix);
      if (name === 'embed') await page.setViewportSize(options.viewport);
    }
    await page.context().close();
  }
  const stranger = await world.page({ locale });
  await stranger.goto(studio('/sign-in'));
  await stranger.getByRole('button', { name: t.signIn.action }).waitFor();
  await shoot(stranger, 'studio-sign-in');
} finally {
  await world.stop();
  names.close();
}
