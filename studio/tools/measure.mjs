// measure.mjs [ROUNDS]: Chromium's own figures for a public episode page and for the studio's first page, each beside the same text as a static
// page without a script, a style or a picture, served by nginx: what a browser takes at the least. Nothing is in the cache; loads alternate; medians.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { root, until, World } from '../tests/harness.mjs';

const rounds = Number(process.argv[2] ?? 9);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Serves the files of `folder` over HTTPS: the process and the origin. */
async function startNginx(folder) {
  const port = await new Promise((resolve) => {
    const free = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = free.address();
      free.close(() => resolve(port));
    });
  });
  const [certificate, key, configuration] = ['nginx.pem', 'nginx.key', 'nginx.conf'].map((name) => path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '7', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-out', certificate, '-keyout', key], { stdio: 'ignore' });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n');
  fs.writeFileSync(configuration, `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
events { worker_connections 256; }
http {
  default_type text/html;
  charset utf-8;
  access_log off;
${temporary}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    root ${folder}/static;
  }
}
`);
  // A worker without rights of its own has to reach the files of a folder that is ours alone.
  if (process.getuid() === 0) fs.writeFileSync(configuration, `user root;\n${fs.readFileSync(configuration, 'utf8')}`);
  const nginx = fs.existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';
  const child = spawn(nginx, ['-p', folder, '-e', `${folder}/nginx.log`, '-c', configuration], { stdio: 'ignore' });
  const answers = () =>
    new Promise((resolve) => {
      const probe = net.connect(port, '127.0.0.1', () => resolve(probe.destroy() !== undefined));
      probe.on('error', () => resolve(false));
    });
  await until(answers, 'nginx listens');
  return { child, origin: `https://localhost:${port}` };
}

/** One load in a browser of its own: when something was seen, and how long the page could not answer afterwards. */
async function load(world, { address, text, signedIn }) {
  const context = await world.context();
  try {
    if (signedIn) await world.signIn(await context.newPage());
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.addInitScript(() => {
      window.blocked = 0;
      new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.blocked += Math.max(0, task.duration - 50);
      }).observe({ type: 'longtask', buffered: true });
    });
    await page.goto(address);
    await page.getByText(text).first().waitFor();
    await page.evaluate(() => new Promise((done) => requestIdleCallback(() => setTimeout(done))));
    const words = await page.evaluate(() => document.body.innerText);
    return { paint: await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime), blocked: await page.evaluate(() => window.blocked), words };
  } finally {
    await context.close();
  }
}

const world = await World.start();
let nginx;
try {
  await (await world.signedIn()).context().close();
  world.run('show', 'create', 'demo', '--title', 'Bells in the morning', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'What the bells tell.');
  const episode = world.json('publish', world.recording('first.wav', 60), '--show', 'demo', '--title', 'The first bell', '--notes', path.join(root, 'packaging/sample/welcome.md'));
  const files = path.join(world.folder, 'static');
  fs.mkdirSync(files);
  nginx = await startNginx(world.folder);
  const pages = [
    { name: 'episode page', address: episode.page, text: 'The first bell' },
    { name: 'studio', address: `${world.origin}/studio/`, text: 'Bells in the morning', signedIn: true },
  ];
  console.log(`${''.padEnd(40)} ${''.padEnd(16)} ${'Carillon'.padStart(9)} ${'nginx'.padStart(9)} ${'ratio'.padStart(7)}`);
  for (const [index, ours] of pages.entries()) {
    const { words } = await load(world, ours); // warm
    const lines = words.split('\n').filter(Boolean).map((line) => `<p>${line.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</p>`);
    fs.writeFileSync(path.join(files, `${index}.html`), `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${ours.text}</title></head><body>\n${lines.join('\n')}\n</body></html>\n`);
    const theirs = { address: `${nginx.origin}/${index}.html`, text: ours.text };
    await load(world, theirs);
    const measured = { ours: [], theirs: [] };
    for (let round = 0; round < rounds; ++round) {
      const turn = [['ours', ours], ['theirs', theirs]];
      for (const [who, page] of round % 2 ? turn : turn.reverse()) measured[who].push(await load(world, page));
    }
    for (const [what, key] of [['first contentful paint', 'paint'], ['total blocking time', 'blocked']]) {
      const [mine, other] = ['ours', 'theirs'].map((who) => measured[who].map((one) => one[key]));
      const ratio = median(mine.map((value, round) => value / other[round]));
      console.log(`${`${ours.name}: ${what}`.padEnd(40)} ${'ms'.padEnd(16)} ${median(mine).toFixed(0).padStart(9)} ${median(other).toFixed(0).padStart(9)} ${(Number.isFinite(ratio) ? ratio.toFixed(2) : '–').padStart(7)}`);
    }
  }
} finally {
  nginx?.child.kill('SIGTERM');
  await world.stop();
}
