import { expect, test } from 'vitest';
import { shownState, standing, type Told } from './publication';

const now = Date.parse('2026-11-30T12:00:00Z');
const [past, future] = ['2026-11-30T11:00:00Z', '2026-12-24T18:00:00Z'];
const episode = (more: Partial<Told>): Told => ({ state: 'draft', publish_at: null, published: null, duration_seconds: null, changed: past, ...more });

test('before a decision nothing is promised, whatever the recording does', () => {
  for (const state of ['draft', 'processing'] as const) expect(standing(episode({ state }), now)).toEqual({ kind: 'notPublished', before: null });
  expect(standing(episode({ state: 'unpublished', published: past }), now)).toEqual({ kind: 'notPublished', before: past });
  expect(standing(episode({ state: 'processing', published: past }), now)).toEqual({ kind: 'notPublished', before: past });
});
test('a date is said as that date, also while the recording is processed', () => {
  for (const state of ['scheduled', 'processing'] as const) {
    expect(standing(episode({ state, publish_at: future }), now)).toEqual({ kind: 'scheduled', at: future });
    expect(shownState(episode({ state, publish_at: future }), now)).toBe('scheduled');
  }
});
test('what was published at once waits for nothing but processing', () => {
  expect(standing(episode({ state: 'processing', publish_at: past }), now)).toEqual({ kind: 'whenProcessed' });
  expect(shownState(episode({ state: 'processing', publish_at: past }), now)).toBe('processing');
});
test('what is out is out since the date that listeners see', () => {
  expect(standing(episode({ state: 'published', published: past, publish_at: null }), now)).toEqual({ kind: 'published', at: past });
  // Its moment has come, the job is about to run.
  expect(standing(episode({ state: 'scheduled', publish_at: past }), now)).toEqual({ kind: 'scheduled', at: past });
});
