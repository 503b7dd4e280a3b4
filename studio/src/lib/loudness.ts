// How loud a recording was, and how loud listeners hear it.
import type { Episode } from '../api/client';
import { m } from '../messages';
import { decimal } from './format';

/** A server that tells only one value has always told the master's. */
type Told = Pick<Episode, 'loudness'> & { master_loudness?: number | null };

export function loudnessOf({ loudness, master_loudness }: Told): string {
  if (master_loudness === undefined) return loudness === null ? '' : m.episode.loudness(decimal(loudness));
  if (master_loudness === null) return '';
  return loudness === null ? m.episode.loudness(decimal(master_loudness)) : m.episode.loudnessFrom(decimal(loudness), decimal(master_loudness));
}
