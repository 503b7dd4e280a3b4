// screenshots.mjs FOLDER: pictures of the studio's main screens, light, dark and as on a phone, of a real server with something to show.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root, until, World } from '../tests/harness.mjs';

const folder = process.argv[2];
const desk = { width: 1280, height: 860 };
const phone = { width: 390, height: 844 };

const world = await World.start({ configuration: '[certificates]\nnames = ["www.localhost", "shop.localhost"]\n' });
try {
  const spoken = path.join(world.folder, 'welcome.wav');
  execFileSync('espeak-ng', ['-v', 'en-gb', '-s', '150', '-f', path.join(root, 'packaging/sample/welcome.txt'), '-w', spoken]);
  await (await world.signedIn()).close();
  const show = (slug, title, ...more) => world.run('show', 'create', slug, '--title', title, '--author', 'Harbour Media', '--email', 'owner@example.org', '--description', 'What the bells of a harbour tell.', ...more);
  show('bells', 'Bells in the morning', '--image', path.join(root, 'packaging/sample/cover.png'), '--category', 'Society & Culture');
  show('tides', 'Tides and tempers');
  const titles = ['How a bell is cast', 'The keeper of the tower', 'Fog', 'A storm, and who rang through it', 'Three hundred steps'];
  for (const [index, title] of titles.entries()) world.run('publish', spoken, '--show', 'bells', '--title', title, '--number', String(index + 1));
  const episode = world.json('publish', spoken, '--show', 'bells', '--title', 'Welcome to Carillon', '--number', '6', '--notes', path.join(root, 'packaging/sample/welcome.md'));
  world.run('publish', spoken, '--show', 'bells', '--title', 'What the tide brings', '--number', '7', '--at', new Date(Date.now() + 3 * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z'));
  world.run('cert', 'watch', await world.stranger());
  await until(() => world.json('incident', 'list').length > 0, 'there is an incident to show', 90_000).catch(() => {});
  const seen = () => world.json('cert', 'list').filter((one) => one.name.endsWith('.localhost')).every((one) => one.state === 'ok');
  await until(seen, 'the certificates are there').catch(() => {});
  const [incident] = world.json('incident', 'list');

  const shots = [
    ['studio-shows', '/'],
    ['studio-episodes', '/shows/bells'],
    ['studio-episode', `/episodes/${episode.id}`],
    ['studio-settings', '/shows/bells/settings'],
    ['studio-directories', '/shows/bells/directories'],
    ['studio-certificates', '/certificates'],
    ['studio-certificate', '/certificates/localhost'],
    ...(incident ? [['studio-incident', `/incidents/${incident.id}`]] : []),
    ['studio-people', '/people'],
  ];
  for (const [suffix, options] of [['', { viewport: desk }], ['-dark', { viewport: desk, colorScheme: 'dark' }], ['-phone', { viewport: phone, deviceScaleFactor: 2 }]]) {
    const page = await world.signedIn(options);
    for (const [name, address] of shots) {
      await page.goto(`${world.origin}/studio${address}`);
      await page.locator('h1').first().waitFor();
      await page.waitForFunction(() => !document.querySelector('.loading'));
      await page.waitForTimeout(600); // pictures and the waveform are drawn
      await page.screenshot({ path: path.join(folder, `${name}${suffix}.png`) });
    }
    await page.context().close();
  }
  const stranger = await world.page({ viewport: desk });
  await stranger.goto(`${world.origin}/studio/sign-in`);
  await stranger.getByRole('button', { name: 'Sign in' }).waitFor();
  await stranger.screenshot({ path: path.join(folder, 'studio-sign-in.png') });
} finally {
  await world.stop();
}
