// What somebody writes about an episode: saved by itself, and never over what somebody else wrote meanwhile.
import { call, Failure, get, type Episode } from '../../api/client';
import { sentence } from '../../toasts.svelte';

export const kFields = ['title', 'notes', 'season', 'number', 'type', 'explicit'] as const;
export type Field = (typeof kFields)[number];
export type Values = Pick<Episode, Field>;

/** How long nobody types before it is saved. */
const kPause = 800;
/** After a lost connection. */
const kAgain = 5000;

const valuesOf = (episode: Episode): Values => ({ title: episode.title, notes: episode.notes, season: episode.season, number: episode.number, type: episode.type, explicit: episode.explicit });

export class Draft {
  /** As the server has it. */
  episode = $state<Episode | null>(null);
  /** As it stands in the form. */
  values = $state<Values>({ title: '', notes: '', season: null, number: null, type: 'full', explicit: null });
  saving = $state(false);
  errors = $state<Record<string, string>>({});
  trouble = $state('');
  /** What both changed; nothing is written until somebody chooses. */
  conflict = $state<{ theirs: Episode; fields: Field[] } | null>(null);
  /** Somebody else's change was taken over, because nothing here was unsaved. */
  refreshed = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly id: string) {}

  /** The fields that differ from what the server has. */
  get unsaved(): Field[] {
    const known = this.episode;
    return known ? kFields.filter((field) => this.values[field] !== known[field]) : [];
  }

  async load() {
    this.take(await get<Episode>(`/episodes/${this.id}`));
  }

  /** The server's version: what is unsaved here stays as it is. */
  take(episode: Episode) {
    const unsaved = this.unsaved;
    const before = this.episode;
    this.episode = episode;
    const fresh = valuesOf(episode);
    for (const field of unsaved) {
      // What both changed is asked about; what only we changed stays.
      if (before && before[field] !== episode[field] && this.values[field] !== episode[field]) continue;
      (fresh as Record<Field, unknown>)[field] = this.values[field];
    }
    const both = before ? unsaved.filter((field) => before[field] !== episode[field] && this.values[field] !== episode[field]) : [];
    if (both.length) {
      for (const field of both) (fresh as Record<Field, unknown>)[field] = this.values[field];
      this.conflict = { theirs: episode, fields: both };
    }
    this.values = fresh;
  }

  /** Something was typed. */
  changed() {
    this.refreshed = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), kPause);
  }

  /** Writes what is unsaved; whether all is saved then. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    if (!this.episode || this.conflict) return false;
    if (this.saving) {
      this.changed();
      return false;
    }
    const fields = this.unsaved;
    if (fields.length === 0) return true;
    const edit = Object.fromEntries(fields.map((field) => [field, this.values[field]]));
    this.saving = true;
    try {
      const saved = await call<Episode>('PATCH', `/episodes/${this.id}`, edit, { revision: this.episode.revision });
      this.episode = saved;
      this.errors = {};
      this.trouble = '';
      // What was typed meanwhile is next.
      if (this.unsaved.length) this.changed();
      return this.unsaved.length === 0;
    } catch (error) {
      if (error instanceof Failure && error.status === 412) {
        await this.#meet();
        return this.unsaved.length === 0 || (!this.conflict && this.save());
      }
      if (error instanceof Failure && error.field) this.errors = { [error.field]: sentence(error) };
      else this.trouble = sentence(error);
      if (error instanceof Failure && (error.status === 0 || error.status >= 500)) this.#timer = setTimeout(() => void this.save(), kAgain);
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Somebody else was faster: their version is read, and compared with what is unsaved here. */
  async #meet() {
    try {
      this.take(await get<Episode>(`/episodes/${this.id}`));
    } catch (error) {
      this.trouble = sentence(error);
    }
    this.saving = false;
  }

  /** After a conflict: which version of each field stays. */
  async settle(choice: Record<string, 'mine' | 'theirs'>) {
    const conflict = this.conflict;
    if (!conflict) return;
    for (const field of conflict.fields) {
      if (choice[field] === 'theirs') (this.values as Record<Field, unknown>)[field] = conflict.theirs[field];
    }
    this.conflict = null;
    await this.save();
  }

  /** The server told of a newer revision. */
  async heard(revision: unknown) {
    if (!this.episode || this.saving || (typeof revision === 'number' && revision <= this.episode.revision)) return;
    const before = this.episode;
    const was = this.unsaved.length;
    await this.load();
    if (this.episode.revision > before.revision && was === 0 && kFields.some((field) => before[field] !== this.episode![field])) this.refreshed = true;
  }

  stop() {
    clearTimeout(this.#timer);
    void this.save();
  }
}
