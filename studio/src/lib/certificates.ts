// What the pages about certificates say of what the API tells.
import type { Certificate, Schemas, Watch } from '../api/client';

export type State = Schemas['CertificateState'];
export const kindOf: Record<State, 'good' | 'info' | 'warn' | 'bad' | 'plain'> = { ok: 'good', renewing: 'info', late: 'warn', expired: 'bad', none: 'plain' };

export const isWatch = (one: Certificate | Watch): one is Watch => 'watched' in one;

/** The steps of a renewal, in their order. */
export const kSteps = ['due', 'ordered', 'validated', 'issued', 'stored', 'loaded', 'seen'] as const;

/** Where a watch's life began is not told: 90 days are taken, the most that public CAs give by themselves. */
const kUsual = 90 * 86_400_000;

/** Nothing renews a certificate that somebody brought in: once it is served it is valid, while the look from outside is still to come. */
export const shownState = (one: Pick<Certificate, 'issuer' | 'state' | 'not_after'>): State => (one.issuer === 'manual' && one.state === 'renewing' && one.not_after ? 'ok' : one.state);

/** Whether the steps of a renewal are being gone through: with a CA that speaks to programs. */
export const isRenewing = (one: Pick<Certificate, 'issuer' | 'next_step'>): boolean => one.issuer !== 'manual' && one.next_step !== 'due' && one.next_step !== 'none';

/** How much of its life a certificate still has, from 0 to 1; none without one. */
export function shareLeft(one: Certificate | Watch, now = Date.now()): number | undefined {
  if (!one.not_after) return undefined;
  const end = Date.parse(one.not_after);
  const begin = !isWatch(one) && one.not_before ? Date.parse(one.not_before) : end - kUsual;
  return Math.min(1, Math.max(0, (end - now) / Math.max(1, end - begin)));
}

/** What the local CA signs: names that are not public. */
const kPrivate = ['localhost', 'local', 'localdomain', 'test', 'internal', 'home.arpa', 'invalid', 'example', 'lan'];
const kAddress = /^[\d.]+$|:/;
export const isPublicName = (name: string) => name.includes('.') && !kAddress.test(name) && !kPrivate.some((one) => name.endsWith('.' + one));

/** The record that leads `name` to the server of this page: an alias of its name, or its address. */
export function recordFor(name: string, host: string): { type: 'CNAME' | 'A' | 'AAAA'; name: string; value: string } {
  const bare = host.replace(/^\[|\]$/g, '');
  if (/^[\d.]+$/.test(bare)) return { type: 'A', name, value: bare };
  if (bare.includes(':')) return { type: 'AAAA', name, value: bare };
  return { type: 'CNAME', name, value: bare };
}
