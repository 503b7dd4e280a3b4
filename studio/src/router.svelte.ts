// Which page an address is. Every page of the app stands in `routes`; tests walk this list.
import type { Component } from 'svelte';
import { m } from './messages';

export interface Route {
  name: string;
  /** Below /studio; ":x" takes one segment. */
  path: string;
  title: () => string;
  page: () => Promise<{ default: Component<any> }>;
  /** Who may be there: "everyone" without being signed in, "operator" only those. */
  who?: 'everyone' | 'operator';
}

export const routes: Route[] = [
  { name: 'shows', path: '/', title: () => m.shows.title, page: () => import('./pages/shows/Shows.svelte') },
  { name: 'show.new', path: '/shows/new', title: () => m.shows.newTitle, page: () => import('./pages/shows/NewShow.svelte') },
  { name: 'show', path: '/shows/:show', title: () => m.episodes.title, page: () => import('./pages/shows/Episodes.svelte') },
  { name: 'show.settings', path: '/shows/:show/settings', title: () => m.settings.title, page: () => import('./pages/shows/Settings.svelte') },
  { name: 'show.listed', path: '/shows/:show/directories', title: () => m.directories.title, page: () => import('./pages/shows/Directories.svelte') },
  { name: 'episode', path: '/episodes/:id', title: () => m.episode.title, page: () => import('./pages/episode/Episode.svelte') },
  { name: 'show.statistics', path: '/shows/:show/statistics', title: () => m.statistics.title, page: () => import('./pages/statistics/ShowStatistics.svelte') },
  { name: 'episode.statistics', path: '/episodes/:id/statistics', title: () => m.statistics.title, page: () => import('./pages/statistics/EpisodeStatistics.svelte') },
  { name: 'network.statistics', path: '/statistics', title: () => m.statistics.title, page: () => import('./pages/statistics/NetworkStatistics.svelte') },
  { name: 'methodology', path: '/statistics/method', title: () => m.methodology.title, page: () => import('./pages/statistics/Methodology.svelte') },
  { name: 'sign-in', path: '/sign-in', title: () => m.signIn.title, page: () => import('./pages/account/SignIn.svelte'), who: 'everyone' },
  { name: 'welcome', path: '/welcome/:link', title: () => m.welcome.title, page: () => import('./pages/account/Welcome.svelte'), who: 'everyone' },
  { name: 'jobs', path: '/jobs', title: () => m.jobs.title, page: () => import('./pages/operator/Jobs.svelte') },
  { name: 'certificates', path: '/certificates', title: () => m.certificates.title, page: () => import('./pages/operator/Certificates.svelte'), who: 'operator' },
  { name: 'certificate', path: '/certificates/:name', title: () => m.certificates.one, page: () => import('./pages/operator/Certificate.svelte'), who: 'operator' },
  { name: 'incidents', path: '/incidents', title: () => m.incidents.title, page: () => import('./pages/operator/Incidents.svelte'), who: 'operator' },
  { name: 'incident', path: '/incidents/:id', title: () => m.incidents.one, page: () => import('./pages/operator/Incident.svelte'), who: 'operator' },
  { name: 'channels', path: '/channels', title: () => m.channels.title, page: () => import('./pages/operator/Channels.svelte'), who: 'operator' },
  { name: 'drills', path: '/drills', title: () => m.drills.title, page: () => import('./pages/operator/Drills.svelte'), who: 'operator' },
  { name: 'health', path: '/health', title: () => m.health.title, page: () => import('./pages/operator/Health.svelte'), who: 'operator' },
  { name: 'show.domains', path: '/shows/:show/domains', title: () => m.domains.title, page: () => import('./pages/shows/Domains.svelte') },
  { name: 'people', path: '/people', title: () => m.people.title, page: () => import('./pages/people/People.svelte') },
  { name: 'audit', path: '/audit', title: () => m.audit.title, page: () => import('./pages/people/Audit.svelte') },
  { name: 'account', path: '/account', title: () => m.account.title, page: () => import('./pages/account/Account.svelte') },
  { name: 'account.tokens', path: '/account/tokens', title: () => m.tokens.title, page: () => import('./pages/account/Tokens.svelte') },
];

export const kBase = '/studio';

export interface Place {
  route?: Route;
  parameters: Record<string, string>;
  query: URLSearchParams;
  path: string;
}

/** The page of a path below /studio. */
export function find(path: string): { route?: Route; parameters: Record<string, string> } {
  const given = path.split('/').filter(Boolean);
  for (const route of routes) {
    const wanted = route.path.split('/').filter(Boolean);
    if (wanted.length !== given.length) continue;
    const parameters: Record<string, string> = {};
    const fits = wanted.every((part, index) => {
      const segment = given[index]!;
      if (!part.startsWith(':')) return part === segment;
      try {
        parameters[part.slice(1)] = decodeURIComponent(segment);
      } catch {
        return false;
      }
      return true;
    });
    if (fits) return { route, parameters };
  }
  return { parameters: {} };
}

function here(): Place {
  const path = location.pathname.slice(kBase.length) || '/';
  return { ...find(path), query: new URLSearchParams(location.search), path };
}

/** What is remembered of a step of the history, for whoever comes back to it. */
interface Memory {
  path: string;
  /** How far the page was scrolled. */
  scroll: number;
  /** The first entry of a list that was in view (`data-anchor`), and where: heights of others may be estimates. */
  anchor?: { key: string; top: number } | undefined;
  /** What the page itself keeps, e.g. how much of a list was shown. */
  own?: unknown;
}
const kMemories = 'carillon.steps';
/** So many steps are remembered. */
const kMostMemories = 50;
/** A page that was left is drawn again within this time, or stays at its top. */
const kRestoring = 10_000;
/** So many frames in a row it is where it was. */
const kSettled = 5;
/** What people do to move a page; then nothing else moves it any more. */
const kOwnMoves = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

function storedMemories(): [number, Memory][] {
  try {
    return JSON.parse(sessionStorage.getItem(kMemories) ?? '[]') as [number, Memory][];
  } catch {
    return [];
  }
}

const stepHere = () => (typeof history.state === 'number' ? history.state : undefined);

class Router {
  place = $state.raw<Place>(here());
  /** Asked before a page is left; false keeps it. */
  guard: (() => boolean) | undefined;

  /** Where the page shown stands among the browser's steps: they are numbered, so that a refused one can be taken back. */
  #step = stepHere() ?? 0;
  /** A refused step is being taken back. */
  #returning = false;

  #memories = new Map<number, Memory>(storedMemories());
  #restoring: (() => void) | undefined;

  constructor() {
    if (stepHere() === undefined) history.replaceState(this.#step, '');
    addEventListener('popstate', () => this.#moved());
    // The browser would scroll before the page is there.
    history.scrollRestoration = 'manual';
    addEventListener('pagehide', () => {
      this.#leave();
      this.#store();
    });
    const known = this.#memories.get(this.#step);
    if (known?.path === this.place.path) this.#restore(known);
    else this.#memories.delete(this.#step);
  }

  #remember(change: Partial<Memory>) {
    const known = this.#memories.get(this.#step);
    this.#memories.set(this.#step, { path: this.place.path, scroll: 0, ...(known?.path === this.place.path ? known : {}), ...change });
  }
  /** Notes where one is on the page, while it is still drawn. */
  #leave() {
    this.#restoring?.();
    const first = [...document.querySelectorAll<HTMLElement>('[data-anchor]')].find((one) => one.getBoundingClientRect().top >= 0);
    this.#remember({ scroll: scrollY, anchor: first && scrollY > 0 ? { key: first.dataset.anchor!, top: first.getBoundingClientRect().top } : undefined });
  }
  #store() {
    try {
      sessionStorage.setItem(kMemories, JSON.stringify([...this.#memories].sort(([a], [b]) => a - b).slice(-kMostMemories)));
    } catch {
      // The browser keeps nothing for this site.
    }
  }
  /** Scrolls to where the page was left, as soon as so much of it is there; not if somebody scrolls themselves. */
  #restore({ scroll, anchor }: Pick<Memory, 'scroll' | 'anchor'>) {
    this.#restoring?.();
    if (scroll <= 0) return scrollTo(0, 0);
    let right = 0;
    let frame = 0;
    const attempt = () => {
      const entry = anchor && document.querySelector(`[data-anchor="${CSS.escape(anchor.key)}"]`);
      if (entry) scrollBy(0, entry.getBoundingClientRect().top - anchor.top);
      else scrollTo(0, scroll);
      const off = entry ? entry.getBoundingClientRect().top - anchor.top : scrollY - scroll;
      // What comes into view gets its real height only then.
      right = Math.abs(off) <= 1 ? right + 1 : 0;
      if (right >= kSettled) stop();
      else frame = requestAnimationFrame(attempt);
    };
    const stop = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      for (const one of kOwnMoves) removeEventListener(one, stop);
      this.#restoring = undefined;
    };
    const timer = setTimeout(stop, kRestoring);
    this.#restoring = stop;
    for (const one of kOwnMoves) addEventListener(one, stop, { passive: true });
    frame = requestAnimationFrame(attempt);
  }
  /** What the page kept when it was here before, in this step of the history. */
  recall<T>(): T | undefined {
    const known = this.#memories.get(this.#step);
    return known?.path === this.place.path ? (known.own as T | undefined) : undefined;
  }
  /** Keeps something for when this page is come back to. */
  keep(own: unknown) {
    this.#remember({ own });
  }
  /** Back to `path`: as it was left, if that is where one came from. */
  back(path: string) {
    if (this.#memories.get(this.#step - 1)?.path === path) history.back();
    else this.go(path);
  }
  go(path: string, options: { replace?: boolean } = {}) {
    if (this.guard && !this.guard()) return;
    this.#leave();
    if (options.replace) {
      history.replaceState(this.#step, '', kBase + path);
    } else {
      history.pushState(++this.#step, '', kBase + path);
    }
    // Steps that were ahead are gone.
    for (const step of [...this.#memories.keys()]) if (step > this.#step) this.#memories.delete(step);
    this.place = here();
    this.#memories.set(this.#step, { path: this.place.path, scroll: 0 });
    scrollTo(0, 0);
  }
  /** Back or forward was pressed: the address has changed already. */
  #moved() {
    const gone = (stepHere() ?? 0) - this.#step;
    if (this.#returning) {
      this.#returning = gone !== 0;
      return;
    }
    if (gone !== 0 && this.guard && !this.guard()) {
      this.#returning = true;
      history.go(-gone);
      return;
    }
    this.#leave();
    this.#step += gone;
    this.place = here();
    const known = this.#memories.get(this.#step);
    this.#restore(known?.path === this.place.path ? known : { scroll: 0 });
  }
  /** Changes the query alone, without a step in the history. */
  setQuery(values: Record<string, string>) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(values)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    const text = query.toString();
    history.replaceState(this.#step, '', location.pathname + (text ? '?' + text : ''));
    this.place = here();
  }
}

export const router = new Router();
export const link = (path: string) => kBase + path;

/** Clicks on links into the app change the page without loading it anew. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const anchor = (event.target as Element).closest?.('a');
  if (!anchor || anchor.target || anchor.hasAttribute('download') || anchor.origin !== location.origin) return;
  if (anchor.pathname !== kBase && !anchor.pathname.startsWith(kBase + '/')) return;
  event.preventDefault();
  router.go(anchor.pathname.slice(kBase.length) + anchor.search);
}
