// Every page of the router's own list: accessible in light and dark, on a desk and on a phone, without a complaint in the console.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { desk, isFit, root, squeezed, stage, until } from './harness.mjs';

const source = fs.readFileSync(path.join(root, 'studio/src/router.svelte.ts'), 'utf8');
const routes = [...source.matchAll(/\{ name: '([^']+)', path: '([^']+)'[^\n]*/g)].map(([line, name, pattern]) => ({ name, pattern, everyone: line.includes("who: 'everyone'") }));

/** Something real for each parameter of an address. */
let values;
const { walk } = stage({ configuration: '[certificates]\nnames = ["pod.test"]\n' }, async (world) => {
  await world.operator();
  world.run('show', 'create', 'demo', '--title', 'Bells in the morning', '--author', 'Harbour Media', '--email', 'owner@example.org', '--image', path.join(root, 'packaging/sample/cover.png'), '--description', 'What the bells of a harbour tell.');
  const made = world.json('publish', world.recording('first.wav', 20), '--show', 'demo', '--title', 'The first bell', '--number', '1');
  world.run('publish', world.recording('second.wav', 5), '--show', 'demo', '--title', 'The second bell', '--number', '2', '--draft');
  // At last: while this process waits for a command, the stranger does not answer, and who does not answer is asked again much later.
  world.run('cert', 'watch', await world.stranger(), '--steward', 'ada@example.org');
  values = { show: 'demo', id: made.id, name: 'localhost', link: '0'.repeat(43) };
});

async function address(route, world) {
  // It takes a while until there is one; only its own page waits for it.
  if (route.name === 'incident') values.incident ??= (await until(() => world.json('incident', 'list')[0], 'somebody is told that nothing answers there')).id;
  return route.pattern.replace(/:(\w+)/g, (_, name) => {
    const value = route.name === 'incident' ? values.incident : values[name];
    assert.ok(value, `no value for :${name} of ${route.name}: add one to this test`);
    return encodeURIComponent(value);
  });
}

test('the list is read', () => assert.ok(routes.length >= 8 && routes.length === source.match(/page: \(\) => import/g).length, `${routes.length} routes`));

for (const [viewport, colorSchemes] of [[desk.options.viewport, ['light', 'dark']], [{ width: 360, height: 780 }, ['light']]]) {
  for (const route of routes) {
    walk(`${route.name}, ${viewport.width} px, ${colorSchemes.join(' and ')}`, { expected: route.name === 'welcome' ? /404/ : undefined }, async (visit) => {
      const page = await (route.everyone ? visit.page({ viewport }) : visit.signedIn({ viewport }));
      await page.goto(visit.studio(await address(route, visit.world)));
      await page.locator('h1').first().waitFor();
      await page.waitForFunction(() => !document.querySelector('.loading'));
      assert.deepEqual(await squeezed(page), [], `${route.name}, ${viewport.width} px`);
      await isFit(page, `${route.name}-${viewport.width}`, colorSchemes);
    });
  }
}
