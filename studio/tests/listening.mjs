// Simulated listening: writes a request log (docs/formats/request-log.md) as if people all over the world had downloaded episodes for months.
// The same seed makes the same log. The server must not run meanwhile; it counts the days after it starts.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { crc32, root, until } from './harness.mjs';

const kDay = 86_400_000;
/** [name, weight] */
const agents = [
  ['Podcasts/1600 CFNetwork/1568 Darwin/24.0.0', 30], ['Spotify/8.9.76 iOS/17.6 (iPhone14,5)', 22], ['AntennaPod/3.5.0', 9], ['Overcast/3.0 (+http://overcast.fm/; iOS podcast app)', 8],
  ['Pocket Casts/7.75 (Android 14)', 7], ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36', 7],
  ['AppleCoreMedia/1.0.0.22B83 (iPhone; U; CPU OS 18_1 like Mac OS X; en_us)', 6], ['CastBox/8.3.0-7.0 (Linux;Android 13)', 3], ['Podcast Addict/v5 - Dalvik/2.1.0 (Linux; Android 14)', 3], ['gPodder/3.11.4 (http://gpodder.org/)', 2], ['SomethingNew/0.1', 2],
  // Robots are no listeners.
  ['PocketCasts/1.0 (Pocket Casts Feed Parser; +http://pocketcasts.com/)', 3], ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 1],
];
const robot = /Feed Parser|bingbot/;
/** Players that request audio as they play it, and stop when people do. */
const streams = /^Mozilla\/5\.0 \(Win|^AppleCoreMedia/;
/** So much is always heard: more than a minute of kSeconds. */
const kLeastHeard = 0.45;
const kSeconds = 240;
const places = [
  [['DE', 'DE-HH'], 14], [['DE', 'DE-BE'], 10], [['DE', 'DE-BY'], 9], [['DE', 'DE-NW'], 8], [['DE', ''], 3], [['AT', 'AT-9'], 5], [['CH', 'CH-ZH'], 5], [['US', 'US-CA'], 7], [['US', 'US-NY'], 5], [['US', 'US-TX'], 2], [['GB', 'GB-ENG'], 7],
  [['GB', 'GB-SCT'], 1], [['FR', 'FR-IDF'], 3], [['NL', 'NL-NH'], 3], [['SE', 'SE-AB'], 1.5], [['NO', 'NO-03'], 1], [['DK', ''], 1], [['PL', ''], 1], [['ES', ''], 1], [['IT', ''], 1], [['BR', 'BR-SP'], 1], [['CA', 'CA-ON'], 1], [['AU', 'AU-NSW'], 1],
  [['IN', ''], 0.7], [['JP', ''], 0.5], [['ZA', ''], 0.3], [['NG', ''], 0.2], [['NZ', ''], 0.3], [['SG', ''], 0.2], [['MT', ''], 0.1], [['LU', ''], 0.3], [['MX', ''], 0.3], [['', ''], 3],
];
/** How much is listened to in each hour (UTC) of a working day and of a weekend. */
const working = [1, 0.6, 0.4, 0.5, 1.2, 4, 8, 9, 6, 4, 3.5, 4, 4.5, 4, 3.6, 4.2, 7, 8, 6, 5, 4.5, 4, 3, 2];
const weekend = [1.5, 1, 0.6, 0.5, 0.6, 1, 2, 4, 6, 7, 6.5, 5.5, 5, 4.6, 4.4, 4.4, 4.6, 5, 5, 5, 4.6, 4, 3, 2];

/** Numbers from 0 to 1 (mulberry32). */
function randomness(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
function chooser(weights, random) {
  const total = weights.reduce((sum, one) => sum + one, 0);
  return () => {
    let rest = random() * total;
    return Math.max(0, weights.findIndex((one) => (rest -= one) < 0));
  };
}

class Bytes {
  parts = [];
  number(value) {
    const bytes = [];
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    bytes.push(value);
    this.parts.push(Buffer.from(bytes));
  }
  raw(bytes) {
    this.parts.push(bytes);
  }
  taken() {
    const all = Buffer.concat(this.parts);
    this.parts = [];
    return all;
  }
}

/** One segment of version 2 that isn't sealed. `records` are in the order of their `time` (ms). */
function segment(day, records) {
  const header = Buffer.alloc(36);
  header.write('CARREQLG', 'latin1');
  header.writeUInt32LE(2, 8);
  header.writeBigInt64LE(BigInt(day) * 1000n, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 32)), 32);
  const blocks = [header];
  const numbers = new Map();
  const items = new Bytes();
  const block = () => {
    const content = items.taken();
    const head = Buffer.alloc(16);
    head.write('CRBP', 'latin1');
    head.writeUInt32LE(content.length, 4);
    head.writeUInt32LE(content.length, 8);
    head.writeUInt32LE(crc32(Buffer.concat([head.subarray(0, 12), content])), 12);
    blocks.push(head, content);
  };
  records.forEach((record, index) => {
    const texts = [record.episode, '', '', 'podcasts.example.org', 'GET', record.range ?? '', '192.0.2.0/24', record.country, record.region, record.session ?? '', record.agent, ''];
    for (const text of texts) {
      if (!text || numbers.has(text)) continue;
      numbers.set(text, numbers.size);
      items.number(1);
      items.number(numbers.get(text));
      const bytes = Buffer.from(text);
      items.number(bytes.length);
      items.raw(bytes);
    }
    for (const value of [2, 1 | 2 | 4 | 8, (record.time - day) * 2000, record.range ? 206 : 200, 20, 0, 1, record.sent, record.whole, record.first]) items.number(value);
    items.raw(Buffer.from(record.media, 'hex'));
    items.raw(record.listener);
    for (const text of texts) items.number(text ? numbers.get(text) + 2 : 0);
    if (index % 2000 === 1999 || index === records.length - 1) block();
  });
  return Buffer.concat(blocks);
}

/**
 * Writes a segment for every day from `from` to `to` (ms; whole days in UTC) into `folder`.
 * `episodes`: {id, media, whole, published (ms), weight}; `audience`: so many people listen at all; `daily`: about so many downloads a day at
 * the end, half as many at the beginning. Returns how many downloads there are.
 */
export function simulate(folder, { seed = 1, from, to, episodes, audience = 1500, daily = 150, until: end = to }) {
  const random = randomness(seed);
  const pick = { agent: chooser(agents.map(([, weight]) => weight), random), place: chooser(places.map(([, weight]) => weight), random), working: chooser(working, random), weekend: chooser(weekend, random) };
  const people = Array.from({ length: audience }, (_, number) => {
    const listener = Buffer.alloc(16);
    listener.writeUInt32LE(seed, 0);
    listener.writeUInt32LE(number + 1, 4);
    const [country, region] = places[pick.place()][0];
    return { listener, country, region, agent: agents[pick.agent()][0] };
  });
  fs.mkdirSync(folder, { recursive: true });
  let sequence = Math.max(0, ...fs.readdirSync(folder).map((name) => Number(/-(\d+)\.log$/.exec(name)?.[1] ?? 0)));
  let downloads = 0;
  for (let day = from; day < to; day += kDay) {
    const growth = 0.5 + (0.5 * (day - from)) / (to - from);
    const season = 1 + 0.12 * Math.sin((day / kDay / 365) * 2 * Math.PI) - ([0, 6].includes(new Date(day).getUTCDay()) ? 0.25 : 0);
    const hour = [0, 6].includes(new Date(day).getUTCDay()) ? pick.weekend : pick.working;
    const records = [];
    for (const episode of episodes) {
      const age = (day + kDay - episode.published) / kDay;
      if (age <= 0) continue;
      const heard = new Set();
      const expected = daily * growth * season * episode.weight * (0.9 * Math.exp(-age / 2.2) + 0.25 * Math.exp(-age / 18) + 0.02);
      for (let left = Math.round(expected * (0.8 + 0.4 * random())); left > 0; --left) {
        const number = Math.floor(random() * people.length);
        const time = day + hour() * 3_600_000 + Math.floor(random() * 3_600_000);
        if (heard.has(number) || time < episode.published || time > end) continue;
        heard.add(number);
        const { listener, country, region, agent } = people[number];
        const heardOf = streams.test(agent) ? { range: 'bytes=0-', sent: Math.min(episode.whole, Math.ceil(episode.whole * (kLeastHeard + 0.8 * random()))) } : { sent: episode.whole };
        records.push({ time, episode: episode.id, media: episode.media, whole: episode.whole, first: 0, listener, country, region, agent, ...heardOf });
        if (!robot.test(agent)) ++downloads;
      }
    }
    if (!records.length) continue;
    records.sort((a, b) => a.time - b.time);
    const name = new Date(records[0].time).toISOString().replace(/[-:]|\.\d+/g, '');
    fs.writeFileSync(path.join(folder, `${name}-${String(++sequence).padStart(6, '0')}.log`), segment(day, records), { mode: 0o600 });
  }
  return downloads;
}

const bells = ['How a bell is cast', 'The keeper of the tower', 'Fog', 'A storm, and who rang through it', 'Three hundred steps', 'The bell that was stolen', 'جرس الميناء القديم', 'Ringing by numbers 🔔', 'The ferry at night', 'A crack in the bronze', 'What the deaf hear', 'The tower at dawn'];
const tides = ['Spring tide', 'Neap tide', 'The moon does it'];

/** Shows with episodes and `days` of listening up to now, counted. Returns their episodes, oldest first. `more`: so many more episodes, that few hear. */
export async function network(world, { days, audience, daily, seed = 1, more = 0 }) {
  const page = await world.signedIn();
  await page.goto(`${world.origin}/studio/`);
  const now = Date.now();
  const wanted = [];
  for (const [slug, title, titles, share] of [['bells', 'Bells in the morning', bells, 1], ['tides', 'Tides and tempers', tides, 0.4]]) {
    world.run('show', 'create', slug, '--title', title, '--author', 'Harbour Media', '--email', 'owner@example.org', '--description', 'What the bells of a harbour tell.', '--image', path.join(root, 'packaging/sample/cover.png'));
    for (const [index, episode] of titles.entries()) {
      // The newest one is three days old.
      const published = now - Math.round(((titles.length - 1 - index) * (days - 5) * kDay) / titles.length) - 3 * kDay;
      wanted.push({ show: slug, title: episode, number: index + 1, published, weight: share * (0.7 + ((index * 37) % 11) / 16) });
    }
  }
  for (let index = 0; index < more; ++index) wanted.push({ show: 'tides', title: `From the archive ${index + 1}`, number: 100 + index, published: now - (400 + index) * kDay, weight: index % 50 ? 0 : 0.1 });
  const first = world.json('publish', world.recording('listening.wav', kSeconds), '--show', 'bells', '--title', bells[0]);
  const { etag, bytes } = await world.own.api(page, 'GET', `/episodes/${first.id}`);
  await page.context().close();
  await world.rest();
  const ids = JSON.parse(execFileSync('/usr/bin/python3', [path.join(root, 'studio/tests/copy_episodes.py'), path.join(world.data, 'carillon.db'), first.id], { input: JSON.stringify(wanted), encoding: 'utf8' }));
  const episodes = wanted.map((one, index) => ({ ...one, id: ids[index], media: etag.replaceAll('"', ''), whole: bytes }));
  const today = Math.floor(now / kDay) * kDay;
  const downloads = simulate(path.join(world.data, 'requests'), { seed, from: today - days * kDay, to: today + kDay, until: now, episodes, audience, daily });
  await world.again();
  const from = new Date(today - days * kDay).toISOString().slice(0, 10);
  const counted = () => ['bells', 'tides'].flatMap((show) => world.json('stats', 'show', show, '--from', from, '--granularity', 'period').items).reduce((sum, one) => sum + one.downloads, 0);
  await until(() => counted() === downloads, `all of the ${downloads} downloads are counted`);
  return { downloads, bells: episodes.filter((one) => one.show === 'bells'), tides: episodes.filter((one) => one.show === 'tides') };
}
