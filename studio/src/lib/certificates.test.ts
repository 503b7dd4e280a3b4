import { expect, test } from 'vitest';
import type { Certificate, Watch } from '../api/client';
import { isPublicName, isRenewing, recordFor, shareLeft, shownState } from './certificates';

test.each(['localhost', 'pod.test', 'nas.local', 'router.home.arpa', '192.0.2.1', '2001:db8::1', 'box.lan', 'a.example'])('%s is for the local CA', (name) => expect(isPublicName(name)).toBe(false));
test.each(['example.org', 'podcasts.example.com', 'latest.dev', 'mylocal.net'])('%s is public', (name) => expect(isPublicName(name)).toBe(true));

test('a certificate that was brought in by hand is valid once it is served, and goes through no renewal', () => {
  const until = '2027-01-13T12:00:00Z';
  expect(shownState({ issuer: 'manual', state: 'renewing', not_after: until })).toBe('ok');
  expect(isRenewing({ issuer: 'manual', next_step: 'seen' })).toBe(false);
  for (const state of ['late', 'expired', 'ok'] as const) expect(shownState({ issuer: 'manual', state, not_after: until })).toBe(state);
  expect(shownState({ issuer: 'manual', state: 'none', not_after: null })).toBe('none');
  expect(shownState({ issuer: 'local', state: 'renewing', not_after: until })).toBe('renewing');
  expect(isRenewing({ issuer: 'local', next_step: 'seen' })).toBe(true);
  expect(isRenewing({ issuer: 'local', next_step: 'due' })).toBe(false);
});

test('the record that leads a name here', () => {
  expect(recordFor('pod.example.org', 'server.example.net')).toEqual({ type: 'CNAME', name: 'pod.example.org', value: 'server.example.net' });
  expect(recordFor('pod.example.org', '192.0.2.1').type).toBe('A');
  expect(recordFor('pod.example.org', '[2001:db8::1]')).toEqual({ type: 'AAAA', name: 'pod.example.org', value: '2001:db8::1' });
});

test('how much of its life a certificate still has', () => {
  const now = Date.parse('2026-11-29T12:00:00Z');
  const certificate = (not_before: string | null, not_after: string | null) => ({ not_before, not_after }) as Certificate;
  expect(shareLeft(certificate('2026-11-19T12:00:00Z', '2026-12-19T12:00:00Z'), now)).toBeCloseTo(2 / 3);
  expect(shareLeft(certificate('2026-11-30T12:00:00Z', '2026-12-19T12:00:00Z'), now)).toBe(1);
  expect(shareLeft(certificate('2026-01-01T00:00:00Z', '2026-11-29T11:00:00Z'), now)).toBe(0);
  expect(shareLeft(certificate(null, null), now)).toBe(undefined);
  // Of a watch only the end is known.
  expect(shareLeft({ watched: true, not_after: '2027-01-13T12:00:00Z' } as unknown as Watch, now)).toBeCloseTo(0.5);
});
