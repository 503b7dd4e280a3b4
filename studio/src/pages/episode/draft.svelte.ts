// What somebody writes about an episode: saved by itself.
import { call, Failure, get, type Episode } from '../../api/client';
import { Draft } from '../../lib/draft.svelte';
import { sentence } from '../../toasts.svelte';

export const kFields = ['title', 'notes', 'season', 'number', 'type', 'explicit'] as const;
export type Field = (typeof kFields)[number];
export type Values = Pick<Episode, Field>;

/** How long nobody types before it is saved. */
const kPause = 800;
/** After a lost connection. */
const kAgain = 5000;

export class EpisodeDraft extends Draft<Episode, Field> {
  /** Somebody else's change was taken over, because nothing here was unsaved. */
  refreshed = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly id: string) {
    // What is typed stays as it is typed: a space at the end may be the first of more.
    super(kFields, false);
  }
  get episode() {
    return this.known;
  }
  protected fetch() {
    return get<Episode>(`/episodes/${this.id}`);
  }
  protected patch(edit: Partial<Values>, revision: number) {
    return call<Episode>('PATCH', `/episodes/${this.id}`, edit, { revision });
  }

  /** Something was typed. */
  changed() {
    this.refreshed = false;
    this.#soon(kPause);
  }
  #soon(pause: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), pause);
  }

  /** Writes what is unsaved; whether all is saved then. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    if (!this.known || this.conflict) return false;
    if (this.saving) {
      this.changed();
      return false;
    }
    try {
      const all = await this.write();
      if (this.conflict) return false;
      this.errors = {};
      this.trouble = '';
      // What was typed meanwhile is next.
      if (!all) this.changed();
      return all;
    } catch (error) {
      if (error instanceof Failure && error.field) this.errors = { [error.field]: sentence(error) };
      else this.trouble = sentence(error);
      if (error instanceof Failure && (error.status === 0 || error.status === 412 || error.status >= 500)) this.#soon(kAgain);
      return false;
    }
  }
  async settle(choice: Partial<Record<Field, 'mine' | 'theirs'>>) {
    if (this.choose(choice)) await this.save();
  }

  override take(episode: Episode) {
    const asked = this.conflict;
    super.take(episode);
    // Nothing is in the way of what waited any more.
    if (asked && !this.conflict && this.unsaved.length) this.changed();
  }
  override async heard(revision?: unknown) {
    const [before, waiting] = [this.values, this.unsaved.length];
    const taken = this.taken;
    await super.heard(revision);
    if (before !== this.values && waiting === 0 && this.taken !== taken) this.refreshed = true;
    this.taken = [];
  }

  stop() {
    clearTimeout(this.#timer);
    void this.save();
  }
}
