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
  about: 'settings' | 'episode' | 'episodes';
}

export function gathered(slug: string, findings: Schemas['DirectoryFindings']): Finding[] {
  const found = new Map<string, Finding>();
  for (const one of findings.items) {
    const key = [one.episode ?? '', one.field, one.severity, one.sentence].join('\n');
    const known = found.get(key);
    if (known) {
      known.directories.push(one.directory);
      continue;
    }
    const about = one.episode ? 'episode' : one.field === 'episodes' ? 'episodes' : 'settings';
    const field = about !== 'settings' ? '' : one.field === 'image' ? 'cover' : one.field;
    const path = about === 'episode' ? `/episodes/${one.episode}` : about === 'episodes' ? `/shows/${slug}` : `/shows/${slug}/settings?field=${encodeURIComponent(field)}`;
    found.set(key, { field, sentence: one.sentence, refused: one.severity === 'refused', directories: [one.directory], href: link(path), about });
  }
  return [...found.values()];
}
