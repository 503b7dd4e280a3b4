// What is to be said about when an episode goes out: never more than the server promised.
import type { Episode } from '../api/client';

/** What the state depends on. */
export type Told = Pick<Episode, 'state' | 'publish_at' | 'published' | 'duration_seconds' | 'changed'>;

export type Standing =
  | { kind: 'published'; at: string }
  /** At that moment, or once it is processed if that takes longer. */
  | { kind: 'scheduled'; at: string }
  /** Its moment has come; only processing is in the way. */
  | { kind: 'whenProcessed' }
  /** Nobody decided anything. `before`: when it was out. */
  | { kind: 'notPublished'; before: string | null };

export function standing(episode: Told, now = Date.now()): Standing {
  if (episode.state === 'published') return { kind: 'published', at: episode.published ?? episode.changed };
  if (!episode.publish_at) return { kind: 'notPublished', before: episode.published };
  if (episode.state === 'scheduled' || Date.parse(episode.publish_at) > now) return { kind: 'scheduled', at: episode.publish_at };
  return { kind: 'whenProcessed' };
}

/** The state that a badge names: a recording in the works doesn't hide that the day is set. */
export function shownState(episode: Told, now = Date.now()): Episode['state'] {
  return episode.state === 'processing' && standing(episode, now).kind === 'scheduled' ? 'scheduled' : episode.state;
}
