import { expect, test } from 'vitest';
import { incidentName } from './incidents';

test('two incidents of one name are two different lines', () => {
  expect(incidentName({ kind: 'renewal-failed', subject: 'pod.example.org' })).toBe('Renewal failed: pod.example.org');
  expect(incidentName({ kind: 'not-seen', subject: 'pod.example.org' })).toBe('Wrong certificate served: pod.example.org');
  expect(incidentName({ kind: 'no-issuer-yet', subject: 'pod.example.org' })).toBe('No issuer yet: pod.example.org');
  expect(incidentName({ kind: 'clock', subject: '' })).toBe('Clocks disagree');
});
