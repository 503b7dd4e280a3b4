// What somebody changes about a show: saved when they say so.
import { call, Failure, get, type Show } from '../../../api/client';
import { Draft } from '../../../lib/draft.svelte';
import { focusField } from '../../../lib/fields';
import { sentence } from '../../../toasts.svelte';

export const kFields = [
  'title', 'description', 'language', 'category', 'author', 'owner_email', 'link', 'copyright', 'explicit', 'type', 'locked', 'complete', 'blocked', 'measuring_prefix', 'funding', 'listen_links', 'persons', 'seasons', 'license', 'locations', 'format', 'audio',
] as const;
export type Field = (typeof kFields)[number];
export type Values = Pick<Show, Field>;

/** What masters are encoded to, by their channels. */
export const kFormats: Record<1 | 2, Show['format']> = { 1: { bitrate: 96_000, channels: 1, sample_rate: 44_100 }, 2: { bitrate: 128_000, channels: 2, sample_rate: 44_100 } };

export class ShowDraft extends Draft<Show, Field> {
  constructor(readonly slug: string) {
    super(kFields, true);
  }
  get show() {
    return this.known;
  }
  protected fetch() {
    return get<Show>(`/shows/${this.slug}`);
  }
  protected patch(edit: Partial<Values>, revision: number) {
    // All of a format follows from its channels.
    const { format, ...more } = edit;
    return call<Show>('PATCH', `/shows/${this.slug}`, { ...more, ...(format ? { format: { channels: format.channels } } : {}) }, { revision });
  }

  /** Writes what is unsaved; whether all is saved then. */
  async save(): Promise<boolean> {
    if (this.saving) return false;
    this.errors = {};
    this.trouble = '';
    try {
      return await this.write();
    } catch (error) {
      if (error instanceof Failure && error.field && focusField(error.field)) this.errors = { [error.field]: sentence(error) };
      else this.trouble = sentence(error);
      return false;
    }
  }
  async settle(choice: Partial<Record<Field, 'mine' | 'theirs'>>): Promise<boolean> {
    return this.choose(choice) && this.save();
  }
}
