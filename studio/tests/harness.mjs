// A real server and a real browser for the studio's tests. The tests of a file share these, and nothing else: `const { walk } = stage()`, then
// `walk('what is tried', async (visit) => …)`, where `visit` has browsers, console errors, shows and people of its own.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import axe from 'axe-core';
import { buildSync } from 'esbuild';
import { chromium } from 'playwright-core';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const carillon = process.env.CARILLON ?? path.join(root, 'build/release/carillon');
/** A busy machine takes its time; STUDIO_PATIENCE (ms) is for who waits for tests to fail. */
const kPatience = Number(process.env.STUDIO_PATIENCE ?? 150_000);

/** What Chromium would ask its makers, it is told not to: nothing of that is reachable, or of use. */
const kFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];

/** What people hold in front of them: the ways through the studio are walked on each. `options` are those of a browser's context. */
export const devices = [
  { name: 'desk', options: { viewport: { width: 1280, height: 860 } } },
  {
    name: 'phone',
    options: {
      viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
      userAgent: 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
    },
  },
];
export const [desk, phone] = devices;

export const person = { name: 'Ada Tide', email: 'ada@example.org', password: 'the tide waits for nobody' };

/** Waits until `look` answers something true. */
export async function until(look, what, patience = kPatience) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * In every page of a phone: each touch looks first whether what is there can be used with a finger, and complains in the console, from where
 * it gets into `trouble`. Targets have 24 by 24 CSS pixels (WCAG 2.2 §2.5.8, which excepts links in a sentence).
 */
function watchFingers() {
  const kLeast = 24;
  const kControls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab], [role=slider]';
  const named = (one) => `${one.tagName.toLowerCase()} “${(one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent || one.id).trim().replace(/\s+/g, ' ').slice(0, 60)}”`;
  const floats = (one) => {
    for (let around = one; around instanceof Element; around = around.parentElement) if (['fixed', 'sticky'].includes(getComputedStyle(around).position)) return true;
    return false;
  };
  // A link with words before or after it in its line is one in a sentence.
  const inSentence = (one) =>
    one.tagName === 'A' && getComputedStyle(one).display === 'inline' && [...one.parentElement.childNodes].some((beside) => beside !== one && beside.nodeType === Node.TEXT_NODE && /\p{L}/u.test(beside.data));
  function look() {
    const found = [];
    const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (over > 0) found.push(`${over} px to scroll sideways`);
    const dialog = document.querySelector('dialog[open]');
    if (dialog && (dialog.getBoundingClientRect().bottom > innerHeight + 1 || dialog.getBoundingClientRect().top < -1)) found.push('the dialog is taller than the screen');
    for (const one of (dialog ?? document).querySelectorAll(kControls)) {
      if (!one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || one.closest('.visually-hidden, .skip')) continue;
      const boxes = [one, ...(['checkbox', 'radio', 'file'].includes(one.type) ? (one.labels ?? []) : [])].map((part) => part.getBoundingClientRect());
      const box = boxes[0];
      if (box.width === 0 && box.height === 0) continue;
      const wide = Math.max(...boxes.map((part) => part.right)) - Math.min(...boxes.map((part) => part.left));
      const high = Math.max(...boxes.map((part) => part.bottom)) - Math.min(...boxes.map((part) => part.top));
      if ((wide < kLeast - 0.5 || high < kLeast - 0.5) && !inSentence(one)) found.push(`${named(one)} has ${Math.round(wide)} × ${Math.round(high)} px`);
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
      const top = document.elementFromPoint(x, y);
      // What lies below a bar is reached by scrolling.
      if (top && !one.contains(top) && !top.contains(one) && ![...(one.labels ?? [])].some((label) => label.contains(top)) && (!floats(top) || floats(one)) && !one.disabled) found.push(`${named(one)} lies under ${named(top)}`);
    }
    for (const one of found) console.error(`for fingers: ${one}`);
    return found.length;
  }
  addEventListener('pointerdown', look, { capture: true, passive: true });
  window.lookForFingers = look;
}

/** Pictures of what was shown when a test failed. */
const kFailures = path.join(root, 'build/studio-failures');

/** What one test does in the studio: its browsers, what they complained of, and what it made for itself. */
export class Visit {
  /** What browsers may complain of in this test, e.g. /422/ for a refusal that is shown. */
  expected = undefined;
  /** Errors in the console, and requests to other hosts. */
  trouble = [];
  contexts = [];

  /** `device`: what its pages are looked at with, if they do not say otherwise. */
  constructor(world, { device = desk, expected } = {}) {
    this.world = world;
    this.device = device;
    this.expected = expected;
    /** Part of the name of everything that this visit makes. */
    this.number = ++world.visits;
  }
  get origin() {
    return this.world.origin;
  }
  studio(place) {
    return `${this.origin}/studio${place}`;
  }

  /** A browser of its own, with its own cookies. */
  async context(given = {}) {
    const options = { ...this.device.options, ...given };
    const context = await this.world.browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
    context.setDefaultTimeout(kPatience); // a machine may have more to do than this
    if (options.hasTouch) await context.addInitScript(watchFingers);
    this.contexts.push(context);
    context.on('close', () => this.contexts.splice(this.contexts.indexOf(context), 1));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== this.origin) this.trouble.push(`asked another host: ${request.url()}`);
    });
    context.on('page', (page) => {
      page.on('pageerror', (error) => this.trouble.push(`${page.url()}: ${error.stack ?? error}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !this.expected?.test(message.text())) this.trouble.push(`${page.url()}: ${message.text()}`);
      });
    });
    return context;
  }
  async page(options = {}) {
    return (await this.context(options)).newPage();
  }

  /** A page on which the operator is signed in, in a browser of its own; `network`: the one that they work for. */
  async signedIn({ network, ...options } = {}) {
    return this.#enter(await this.context(options), await this.world.operator(), network);
  }
  /** A page that begins with these cookies: quicker than Playwright's storageState, which loads a page to fill the local storage. */
  async #enter(context, cookies, network = '') {
    await context.addCookies(cookies);
    await context.addInitScript((network) => {
      if (!location.protocol.startsWith('http') || sessionStorage.getItem('entered')) return;
      sessionStorage.setItem('entered', '1');
      localStorage.setItem('carillon.signed_in', '1');
      if (network) localStorage.setItem('carillon.network', network);
    }, network);
    return context.newPage();
  }
  /** A page on which somebody else is. */
  async signedInAs(who, options = {}) {
    const page = await this.page(options);
    await this.signIn(page, who);
    return page;
  }
  /** Signs in with the form. */
  async signIn(page, who = person) {
    await page.goto(this.studio('/sign-in'));
    await page.getByLabel('Email address').fill(who.email);
    await page.getByLabel('Password').fill(who.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
  }

  /** Somebody new, whose account is made with these options of `carillon user create`. */
  async person(name, ...options) {
    const who = { name, email: `${name.toLowerCase().replace(/\W+/g, '.')}.${this.number}@example.org`, password: 'the quay is long and wet' };
    const link = this.world.json('user', 'create', who.email, '--name', name, ...options).link.split('/').pop();
    const context = await this.context();
    const set = await context.request.post(`${this.origin}/api/v1/links/${link}`, { data: { password: who.password } });
    assert.equal(set.status(), 200);
    await context.close();
    return who;
  }
  /** A network of its own: its slug. */
  network(name = 'Harbour Media') {
    const slug = `network-${this.number}`;
    this.world.run('network', 'create', slug, '--name', name);
    return slug;
  }
  /** A show of its own: its slug. */
  show({ title = 'Bells in the morning', slug = `demo-${this.number}`, more = [] } = {}) {
    this.world.run('show', 'create', slug, '--title', title, '--author', 'Harbour Media', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'What the bells of a harbour tell.', ...more);
    return slug;
  }
  /** An episode of a show, published if `more` says nothing else. */
  episode(show, title = 'The first bell', seconds = 5, ...more) {
    return this.world.json('publish', this.world.recording(`${show}-${seconds}.wav`, seconds), '--show', show, '--title', title, ...more);
  }

  /** A request to the API from `page`, as whoever is signed in there: what the answer says. */
  api(page, method, address, body) {
    return page.evaluate(
      async ([method, address, body]) => {
        const { csrf } = await (await fetch('/api/v1/sessions/current')).json();
        const answer = await fetch('/api/v1' + address, { method, headers: { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
        return answer.status === 204 ? null : answer.json();
      },
      [method, address, body],
    );
  }

  /**
   * Whether the page at `place` can be used by everybody: in light and dark, at a desk and with a phone. `page`: on which those who may see it
   * are signed in; `ready`: waits until all is there.
   */
  async everybodyCan(page, place, ready) {
    const cookies = await page.context().cookies();
    const network = await page.evaluate(() => localStorage.getItem('carillon.network') ?? '');
    for (const [device, colorSchemes] of [[desk, ['light', 'dark']], [phone, ['light']]]) {
      const other = await this.#enter(await this.context(device.options), cookies, network);
      await other.goto(this.studio(place));
      await ready(other);
      await isFit(other, `${place} ${device.name}`, colorSchemes);
      await stop(other);
      await other.context().close();
    }
    this.quiet();
  }

  /** Nothing complained so far. */
  quiet() {
    assert.deepEqual(this.trouble, []);
  }
  async end() {
    for (const context of [...this.contexts]) await context.close();
  }
  /** What was to be seen when `name` failed. */
  async picture(name) {
    fs.mkdirSync(kFailures, { recursive: true });
    const pages = this.contexts.flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
      await page.screenshot({ path: path.join(kFailures, `${name.replace(/\W+/g, '-')}-${index}.png`), timeout: 5000 }).catch(() => {});
    }
  }
}

/**
 * A server and a browser for the tests of this file. `prepare` makes what all of them look at and none of them changes.
 * `walk(name, [given,] body)` is a test with a visit of its own, `given` as for Visit.
 */
export function stage(options = {}, prepare = undefined) {
  const stage = {
    world: undefined,
    walk(name, given, body) {
      if (!body) [given, body] = [{}, given];
      test(name, async () => {
        const visit = new Visit(stage.world, given);
        try {
          await body(visit);
          visit.quiet();
        } catch (error) {
          await visit.picture(name);
          if (visit.trouble.length && error instanceof Error) error.message += `\nMeanwhile:\n${visit.trouble.join('\n')}`;
          throw error;
        } finally {
          await visit.end();
        }
      });
    },
  };
  before(async () => {
    stage.world = await World.start(options);
    await prepare?.(stage.world);
    stage.world.own.quiet();
  });
  after(() => stage.world?.stop());
  return stage;
}

export class World {
  visits = 0;
  servers = [];

  /** `configuration`: text of carillon.toml; `device`: what its own pages are looked at with. */
  static async start({ configuration = '', device = desk } = {}) {
    const world = new World();
    world.own = new Visit(world, { device });
    world.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'studio-'));
    world.data = path.join(world.folder, 'data');
    fs.mkdirSync(world.data);
    if (configuration) fs.writeFileSync(path.join(world.data, 'carillon.toml'), configuration);
    await world.serve();
    world.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: kFlags });
    return world;
  }

  async serve(http = '127.0.0.1:0', https = '127.0.0.1:0') {
    this.log = '';
    this.server = spawn(carillon, ['serve', '--data', this.data, '--http', http, '--https', https], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.server.stderr.on('data', (bytes) => (this.log += bytes));
    let said = '';
    this.server.stdout.on('data', (bytes) => (said += bytes));
    await until(() => said.includes('ready ') || this.server.exitCode !== null, 'the server is ready');
    if (!said.includes('ready ')) throw new Error(`The server did not start:\n${this.log}`);
    this.origin = /ready (\S+)/.exec(said)[1];
    this.https = `127.0.0.1:${new URL(this.origin).port}`;
  }
  /** As after a crash; `serve` with the same port goes on. */
  async kill() {
    const gone = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.kill('SIGKILL');
    await gone;
  }
  /** Lets the server finish; `again` starts it with the same port. */
  async rest() {
    const gone = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.kill('SIGTERM');
    await gone;
  }
  async again() {
    // Another program of this machine may have been given its port meanwhile, for a moment.
    await until(() => this.serve('127.0.0.1:0', this.https).then(() => true, (error) => (/Can't listen/.test(error.message) ? false : Promise.reject(error))), 'its port is free');
  }

  /**
   * Stops every decoder that the server starts as soon as it is there, until the returned function is called: nothing gets ready, however slow
   * the test is. The server kills decoders that say nothing for a minute, and starts the job again later.
   */
  holdDecoders() {
    const held = new Set();
    const signal = (process_, what) => {
      try {
        return process.kill(process_, what);
      } catch {
        return false; // it has ended
      }
    };
    const look = () => {
      for (const name of fs.readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
        try {
          const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
          // Between fork and exec a child has its parent's name.
          if (stat.includes('(carillon-media)') && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === this.server.pid && signal(Number(name), 'SIGSTOP')) held.add(Number(name));
        } catch {
          // It has ended.
        }
      }
    };
    const timer = setInterval(look, 10);
    return () => {
      clearInterval(timer);
      for (const one of held) signal(one, 'SIGCONT');
    };
  }

  /** The command line on this server; its output. */
  run(...args) {
    return execFileSync(carillon, ['--data', this.data, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
  json(...args) {
    return JSON.parse(this.run(...args, '--json'));
  }

  /** The cookies of the first person, who is made through the API as the welcome does it. */
  async operator() {
    return (this.cookies ??= await this.#begin());
  }
  async #begin() {
    const context = await this.own.context();
    const link = this.json('welcome').link.split('/').pop();
    const made = await context.request.post(`${this.origin}/api/v1/installation`, { data: { link, network_name: 'Harbour Media', ...person } });
    if (made.status() !== 201) throw new Error(`The first person was not let in: ${made.status()}`);
    const cookies = await context.cookies();
    await context.close();
    return cookies;
  }

  // Where there is only one visit.
  context(options) {
    return this.own.context(options);
  }
  page(options) {
    return this.own.page(options);
  }
  signedIn(options) {
    return this.own.signedIn(options);
  }
  signIn(page, who) {
    return this.own.signIn(page, who);
  }

  /** Somebody else's TLS server, whose certificate nobody trusts: "127.0.0.1:PORT". To be watched, and complained of. */
  async stranger() {
    const [key, certificate] = ['stranger.key', 'stranger.pem'].map((name) => path.join(this.folder, name));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', certificate, '-days', '60', '-subj', '/CN=stranger', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
    const server = tls.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(certificate) }, (socket) => socket.end());
    server.on('tlsClientError', () => {});
    this.servers.push(server);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${server.address().port}`;
  }

  /** A file with this text. */
  text(name, text) {
    const file = path.join(this.folder, name);
    fs.writeFileSync(file, text);
    return file;
  }

  /** A spoken recording of about `seconds`, as WAV. */
  recording(name = 'talk.wav', seconds = 8, { rate = 44_100, channels = 1 } = {}) {
    const file = path.join(this.folder, name);
    const frame = channels * 2;
    const bytes = Buffer.alloc(44 + rate * seconds * frame);
    bytes.write('RIFF', 0);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(channels, 22);
    bytes.writeUInt32LE(rate, 24);
    bytes.writeUInt32LE(rate * frame, 28);
    bytes.writeUInt16LE(frame, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(bytes.length - 44, 40);
    // Something that looks like speech in a waveform: syllables of different strength.
    for (let index = 0; index < rate * seconds; ++index) {
      const at = index / rate;
      const syllable = Math.max(0, Math.sin(at * 7.3) * Math.sin(at * 1.1 + 1)) ** 0.7;
      const sample = Math.round(12_000 * syllable * Math.sin(at * 2 * Math.PI * (180 + 40 * Math.sin(at * 3))));
      for (let channel = 0; channel < channels; ++channel) bytes.writeInt16LE(sample, 44 + index * frame + channel * 2);
    }
    fs.writeFileSync(file, bytes);
    return file;
  }

  async stop() {
    await this.own.end();
    await this.browser.close();
    for (const server of this.servers) server.close();
    const gone = new Promise((resolve) => this.server.once('exit', resolve));
    if (this.server.exitCode === null) {
      this.server.kill('SIGTERM');
      await gone;
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A name server for which every name has one address, ours (RFC 1035 §4). */
export async function nameServer() {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (asked, from) => {
    let end = 12;
    while (asked[end]) end += asked[end] + 1;
    const address = asked.readUInt16BE(end + 1) === 1;
    const head = Buffer.from([asked[0], asked[1], 0x81, 0x80, 0, 1, 0, address ? 1 : 0, 0, 0, 0, 0]);
    const answer = address ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1]) : Buffer.alloc(0);
    socket.send(Buffer.concat([head, asked.subarray(12, end + 5), answer]), from.port, from.address);
  });
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

/** A square picture of one colour, as PNG. */
export function png(side) {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.alloc((side * 3 + 1) * side, 0x60);
  for (let line = 0; line < side; ++line) lines[line * (side * 3 + 1)] = 0;
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]);
}
const kCrc = Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; ++bit) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  return sum;
});
/** As in PNG, gzip and the request log. */
export function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ kCrc[(sum ^ byte) & 0xff];
  return (sum ^ 0xffffffff) >>> 0;
}

/** The texts of a language, as the studio has them. */
export async function texts(code) {
  const made = buildSync({ entryPoints: [path.join(root, `studio/src/messages/${code}.ts`)], bundle: true, write: false, format: 'esm', define: { 'navigator.languages': '["en-GB"]' } });
  return (await import(`data:text/javascript,${encodeURIComponent(made.outputFiles[0].text)}`))[code];
}

/** With a finger where there are fingers. */
export const press = async (target, options) => ((await target.page().evaluate(() => navigator.maxTouchPoints > 0)) ? target.tap(options) : target.click(options));

/** A stop on a way: what is shown now can be used; on a phone, with a finger. Elsewhere there is nothing to look at. */
export const stop = (page) => page.evaluate(() => window.lookForFingers?.());

/** Waits until nothing comes or goes any more: the colours of something that is just appearing are not yet its own. */
export const settled = (page) => page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity).map((one) => one.finished.catch(() => {}))).then(() => {}));

/** Goes on after so many frames. */
export const frames = (page, count) => page.evaluate(async (left) => { while (left--) await new Promise(requestAnimationFrame); }, count);

/** That axe finds nothing on the page as it is now, in each of these colours, and that it is not too wide. SHOTS=folder keeps a picture of each. */
export async function isFit(page, what, colorSchemes = ['light']) {
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, `${what.replace(/[^\w-]+/g, '-')}-${colorScheme}.png`), fullPage: true });
    assert.deepEqual(await axeFindings(page), [], `${what}, ${colorScheme}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${what}, ${colorScheme}: ${over} px too wide`);
  }
}

/** Words that are broken into letters for want of width, and tabs beside the screen. */
export const squeezed = (page) =>
  page.evaluate(() => {
    const words = (one) => [...one.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => child.data.trim()).join('');
    const narrow = [...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() && !one.closest('.visually-hidden, .word, option') && /\p{L}{5}/u.test(words(one)) && one.getBoundingClientRect().width < 30);
    const beside = [...document.querySelectorAll('main nav a')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
    return [...narrow, ...beside].map((one) => one.textContent.trim());
  });

/** What axe finds on the page as it is now (WCAG 2.2 AA), as lines. The page's policy lets no script in, so axe comes through the debugger. */
export async function axeFindings(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  await settled(page);
  const result = await page.evaluate(() => window.axe.run(document, { preload: false, resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary?.split('\n').slice(1).join(' ') ?? ''}`));
}
