// What directories would say of a show, put together: one line for each thing to do.
import type { Schemas } from '../../../api/client';
import { link } from '../../../router.svelte';

export interface Finding {
  /** The field of the settings; empty when it is about episodes. */
  field: string;
  sentence: string;
  refused: boolean;
  directories: string[];
  href: string;
  about: 'settings' | 'episode' | 'episodes' | 'server';
  /** The same is said of so many episodes; the address is that of the first. */
  count: number;
}

export function gathered(slug: string, findings: Schemas['DirectoryFindings']): Finding[] {
  const found = new Map<string, Finding>();
  const episodes = new Map<string, Set<string>>();
  for (const one of findings.items) {
    const key = [one.episode ? 'episode' : '', one.field, one.severity, one.sentence].join('\n');
    const known = found.get(key);
    if (one.episode) episodes.set(key, (episodes.get(key) ?? new Set()).add(one.episode));
    if (known) {
      if (!known.directories.includes(one.directory)) known.directories.push(one.directory);
      known.count = episodes.get(key)?.size ?? 1;
      continue;
    }
    const about = one.episode ? 'episode' : one.field === 'episodes' ? 'episodes' : one.field === 'feed' ? 'server' : 'settings';
    const field = about !== 'settings' ? '' : one.field === 'image' ? 'cover' : one.field;
    const path = about === 'episode' ? `/episodes/${one.episode}` : about === 'episodes' ? `/shows/${slug}` : about === 'server' ? `/shows/${slug}/domains` : `/shows/${slug}/settings?field=${encodeURIComponent(field)}`;
    found.set(key, { field, sentence: one.sentence, refused: one.severity === 'refused', directories: [one.directory], href: link(path), about, count: 1 });
  }
  return [...found.values()];
}
