// Who is signed in, and for which network they work now.
import { call, Failure, get, list, onSignedOut, setCsrf, type Network, type Person } from './api/client';
import { listen, stopListening } from './api/events';

const kNetwork = 'carillon.network';
/** That somebody signed in here: the cookie itself is not for scripts. Without it nobody has to be asked. */
const kSignedIn = 'carillon.signed_in';

/** The page of a one-time link, which has no scripts, leads here with “?signed-in” when it signed somebody in. */
const wasSignedIn = () => new URLSearchParams(location.search).has('signed-in');

class Session {
  person = $state<Person | null>(null);
  networks = $state<Network[]>([]);
  /** The slug of the network that lists ask for. */
  network = $state('default');
  /** Before the first answer nobody knows whether anybody is signed in. */
  known = $state(false);
  unreachable = $state(false);

  get role() {
    return this.person?.roles[this.network];
  }
  get isOperator() {
    return this.person?.operator ?? false;
  }
  /** Whether they may write shows and episodes here; the API has the last word. */
  get mayPublish() {
    return this.isOperator || ['owner', 'manager', 'producer'].includes(this.role ?? '');
  }
  /** Figures: everyone but producers. */
  get mayAnalyse() {
    return this.isOperator || (this.role !== undefined && this.role !== 'producer');
  }
  get mayManage() {
    return this.isOperator || ['owner', 'manager'].includes(this.role ?? '');
  }
  get name() {
    return this.networks.find((one) => one.slug === this.network)?.name ?? this.network;
  }

  /** `sure`: the server has just signed somebody in here. */
  async load(sure = false) {
    if (!sure && !localStorage.getItem(kSignedIn) && !wasSignedIn()) {
      this.known = true;
      return;
    }
    try {
      const current = await get<{ person: Person; csrf: string }>('/sessions/current');
      await this.begin(current.person, current.csrf);
      this.unreachable = false;
    } catch (error) {
      // Only the server's own word ends a session; an answer that was cut off says nothing.
      const ended = error instanceof Failure && error.status >= 400 && error.status < 500;
      this.unreachable = !ended;
      if (ended) this.forget();
    }
    this.known = true;
  }

  async begin(person: Person, csrf: string) {
    setCsrf(csrf);
    this.networks = await list<Network>('/networks');
    const kept = localStorage.getItem(kNetwork);
    const known = (slug: string | null | undefined) => this.networks.some((one) => one.slug === slug);
    this.network = (known(kept) ? kept : known('default') ? 'default' : this.networks[0]?.slug) ?? 'default';
    this.person = person;
    this.known = true;
    localStorage.setItem(kSignedIn, '1');
    // Who belongs to no network yet has nothing to hear of.
    if (this.networks.length || this.isOperator) listen();
  }

  choose(slug: string) {
    this.network = slug;
    localStorage.setItem(kNetwork, slug);
  }

  forget() {
    stopListening();
    setCsrf('');
    localStorage.removeItem(kSignedIn);
    this.person = null;
  }

  async signOut() {
    await call('DELETE', '/sessions/current');
    this.forget();
  }
}

export const session = new Session();
onSignedOut(() => session.forget());

/** "?network=…" for lists of one network. */
export const ofNetwork = () => `?network=${encodeURIComponent(session.network)}`;
