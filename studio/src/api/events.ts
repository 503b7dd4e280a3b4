// What happens while it happens: one stream of server-sent events for the whole app. The browser comes back by itself and says what it
// heard last; "resync" says that everything shown has to be read anew.
import { API } from './client';

export type EventKind = 'job' | 'show' | 'episode' | 'certificate' | 'incident';
type Listener = (document: Record<string, unknown>) => void;

const kinds: EventKind[] = ['job', 'show', 'episode', 'certificate', 'incident'];
const listeners = new Map<EventKind | 'resync', Set<Listener>>();
let source: EventSource | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
let last = '';
let pause = 1000;

function tell(kind: EventKind | 'resync', document: Record<string, unknown>) {
  for (const listener of listeners.get(kind) ?? []) listener(document);
}

export function listen() {
  if (source) return;
  source = new EventSource(API + '/events' + (last ? `?last_event_id=${encodeURIComponent(last)}` : ''));
  source.onopen = () => (pause = 1000);
  for (const kind of kinds) {
    source.addEventListener(kind, (event) => {
      last = event.lastEventId || last;
      tell(kind, JSON.parse(event.data) as Record<string, unknown>);
    });
  }
  source.addEventListener('resync', (event) => {
    last = event.lastEventId || last;
    tell('resync', {});
  });
  source.onerror = () => {
    // While it is CONNECTING the browser comes back by itself; CLOSED means that it was refused.
    if (source?.readyState !== EventSource.CLOSED) return;
    source = undefined;
    again = setTimeout(listen, pause);
    pause = Math.min(pause * 2, 60_000);
  };
}

export function stopListening() {
  clearTimeout(again);
  source?.close();
  source = undefined;
  last = '';
}

/** Calls `listener` for each event of `kind`, and for "resync" where that is wanted; answers how to stop. */
export function on(kind: EventKind | 'resync', listener: Listener): () => void {
  const set = listeners.get(kind) ?? new Set();
  set.add(listener);
  listeners.set(kind, set);
  return () => set.delete(listener);
}

/** Calls `reload` after any event of `kinds`, and after a resync; many at once are one. For an $effect: it answers how to stop. */
export function onChange(what: EventKind[], reload: (document: Record<string, unknown>) => void, wait = 150): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (document: Record<string, unknown>) => {
    clearTimeout(timer);
    timer = setTimeout(() => reload(document), wait);
  };
  const stops = [...what.map((kind) => on(kind, soon)), on('resync', soon)];
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}
