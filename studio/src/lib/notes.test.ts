import { expect, test } from 'vitest';
import { changesOfRules } from './notes';

test('a change of the rules is told with its first day', () => {
  const text = (version: number) => `rules ${version}`;
  expect(changesOfRules([{ from: '2026-11-03', rules: 2 }, { from: '2026-11-01', rules: 1 }, { from: '2026-11-04', rules: 2 }], text)).toEqual([{ kind: 'rules', at: '2026-11-03T12:00:00Z', text: 'rules 2' }]);
  expect(changesOfRules([{ from: '2026-11-03', rules: 2 }], text)).toEqual([]);
  expect(changesOfRules([{ from: '2026-09', rules: 1 }, { from: '2026-10', rules: 0 }, { from: '2026-11', rules: 2 }], text)).toEqual([{ kind: 'rules', at: '2026-11-01T12:00:00Z', text: 'rules 2' }]);
});
