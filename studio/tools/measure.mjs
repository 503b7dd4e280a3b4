// measure.mjs: Chromium's own figures for a public episode page (medians of loads with nothing in the cache), and for the studio's first page.
import path from 'node:path';
import { root, World } from '../tests/harness.mjs';

const kLoads = 9;
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

const world = await World.start();
try {
  await (await world.signedIn()).context().close();
  world.run('show', 'create', 'demo', '--title', 'Bells in the morning', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'What the bells tell.');
  const episode = world.json('publish', world.recording('first.wav', 60), '--show', 'demo', '--title', 'The first bell', '--notes', path.join(root, 'packaging/sample/welcome.md'));
  for (const [name, address, text, signedIn] of [['episode page', episode.page, 'The first bell', false], ['studio', `${world.origin}/studio/`, 'Bells in the morning', true]]) {
    const paints = [];
    const blocked = [];
    for (let load = 0; load < kLoads; ++load) {
      const context = await world.context();
      const page = await context.newPage();
      if (signedIn) await world.signIn(page);
      const fresh = await context.newPage();
      const session = await context.newCDPSession(fresh);
      await session.send('Network.setCacheDisabled', { cacheDisabled: true });
      await fresh.addInitScript(() => {
        window.blocked = 0;
        new PerformanceObserver((list) => {
          for (const task of list.getEntries()) window.blocked += Math.max(0, task.duration - 50);
        }).observe({ type: 'longtask', buffered: true });
      });
      await fresh.goto(address);
      await fresh.getByText(text).first().waitFor();
      await fresh.waitForTimeout(500);
      paints.push(await fresh.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
      blocked.push(await fresh.evaluate(() => window.blocked));
      await context.close();
    }
    console.log(`${name}: first contentful paint ${median(paints).toFixed(0)} ms, total blocking time ${median(blocked).toFixed(0)} ms (medians of ${kLoads})`);
  }
} finally {
  await world.stop();
}
