import { expect, test } from 'vitest';
import { changesOfRules } from './notes';

test('a change of the rules is told with its first day', () => {
  const text = (version: number) => `rules ${version}`;
  expect(changesOfRules([{ day: '2026-11-03', rules: 2 }, { day: '2026-11-01', rules: 1 }, { day: '2026-11-04', rules: 2 }], text)).toEqual([{ kind: 'rules', at: '2026-11-03T12:00:00Z', text: 'rules 2' }]);
  expect(changesOfRules([{ day: '2026-11-03', rules: 2 }], text)).toEqual([]);
});
