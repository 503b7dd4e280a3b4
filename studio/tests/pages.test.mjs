// Every page of the router's own list: accessible in light and dark, on a desk and on a phone, without a complaint in the console.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { axeFindings, root, until, World } from './harness.mjs';

const source = fs.readFileSync(path.join(root, 'studio/src/router.svelte.ts'), 'utf8');
const routes = [...source.matchAll(/\{ name: '([^']+)', path: '([^']+)'[^\n]*/g)].map(([line, name, pattern]) => ({ name, pattern, everyone: line.includes("who: 'everyone'") }));

let world;
let values;
before(async () => {
  world = await World.start({ configuration: '[certificates]\nnames = ["pod.test"]\n' });
  const page = await world.signedIn();
  await page.close();
  world.run('show', 'create', 'demo', '--title', 'Bells in the morning', '--author', 'Harbour Media', '--email', 'owner@example.org', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'What the bells of a harbour tell.');
  const made = world.json('publish', world.recording('first.wav', 20), '--show', 'demo', '--title', 'The first bell', '--number', '1');
  world.run('publish', world.recording('second.wav', 5), '--show', 'demo', '--title', 'The second bell', '--number', '2', '--draft');
  world.run('cert', 'watch', await world.stranger(), '--steward', 'ada@example.org');
  await until(() => world.json('incident', 'list').length > 0, 'somebody is told that nothing answers there', 60_000);
  values = { show: 'demo', id: made.id, name: 'localhost', link: '0'.repeat(43), incident: world.json('incident', 'list')[0]?.id };
});
after(() => world.stop());

/** A page's address with something real for each parameter. */
function address(route) {
  return route.pattern.replace(/:(\w+)/g, (_, name) => {
    const value = route.name.startsWith('incident') ? values.incident : values[name];
    assert.ok(value, `no value for :${name} of ${route.name}: add one to this test`);
    return encodeURIComponent(value);
  });
}

test('the list is read', () => assert.ok(routes.length >= 8 && routes.length === source.match(/page: \(\) => import/g).length, `${routes.length} routes`));

for (const [colorScheme, viewport] of [['light', { width: 1280, height: 860 }], ['dark', { width: 1280, height: 860 }], ['light', { width: 390, height: 800 }]]) {
  let signedIn;
  for (const route of routes) {
    test(`${route.name}, ${colorScheme}, ${viewport.width} px`, async () => {
      world.expected = route.name === 'welcome' ? /404/ : undefined;
      if (!route.everyone) signedIn ??= (await world.signedIn({ colorScheme, viewport })).context();
      const page = route.everyone ? await world.page({ colorScheme, viewport }) : await signedIn.newPage();
      try {
        await page.goto(`${world.origin}/studio${address(route)}`);
        await page.locator('h1').first().waitFor();
        await page.waitForFunction(() => !document.querySelector('.loading'));
        // The colours of something that is just appearing are not yet its own.
        await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))).then(() => {}));
        assert.deepEqual(await axeFindings(page), []);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(over <= 0, `the page is ${over} px too wide`);
        assert.deepEqual(world.trouble, []);
        if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, `${route.name}-${colorScheme}-${viewport.width}.png`), fullPage: true });
      } finally {
        await page.close();
        world.trouble.length = 0;
      }
    });
  }
}
