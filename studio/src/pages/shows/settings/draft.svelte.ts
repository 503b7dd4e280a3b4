// What somebody changes about a show: saved when they say so, and never over what somebody else wrote meanwhile.
import { call, Failure, get, type Show } from '../../../api/client';
import { focusField } from '../../../lib/fields';
import { sentence } from '../../../toasts.svelte';

export const kFields = [
  'title', 'description', 'language', 'category', 'author', 'owner_email', 'link', 'copyright', 'explicit', 'type', 'locked', 'complete', 'blocked', 'funding', 'persons', 'seasons', 'license', 'locations',
] as const;
export type Field = (typeof kFields)[number];
export type Values = Pick<Show, Field>;

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const valuesOf = (show: Show): Values => copy(Object.fromEntries(kFields.map((field) => [field, show[field]])) as unknown as Values);

export class ShowDraft {
  /** As the server has it. */
  show = $state.raw<Show | null>(null);
  /** As it stands in the form. */
  values = $state<Values | null>(null);
  saving = $state(false);
  errors = $state<Record<string, string>>({});
  trouble = $state('');
  /** What both changed; nothing is written until somebody chooses. */
  conflict = $state.raw<{ theirs: Show; fields: Field[] } | null>(null);
  /** What somebody else changed meanwhile, and nobody here: taken over. */
  taken = $state.raw<Field[]>([]);

  constructor(readonly slug: string) {}

  /** The fields that differ from what the server has. */
  unsaved = $derived.by<Field[]>(() => {
    const { show, values } = this;
    return show && values ? kFields.filter((field) => !same(values[field], show[field])) : [];
  });

  async load() {
    this.take(await get<Show>(`/shows/${this.slug}`));
  }

  /** The server's version: what only we changed stays, what only they changed is taken over, what both changed is asked about. */
  take(show: Show, own = false) {
    const before = this.show;
    const mine = this.values;
    if (!before || !mine) {
      this.show = show;
      this.values = valuesOf(show);
      return;
    }
    if (show.revision < before.revision) return;
    const unsaved = this.unsaved;
    const theirs = kFields.filter((field) => !same(before[field], show[field]));
    const both = unsaved.filter((field) => theirs.includes(field) && !same(mine[field], show[field]));
    const fresh = valuesOf(show);
    for (const field of unsaved) (fresh as Record<Field, unknown>)[field] = copy(mine[field]);
    this.show = show;
    this.values = fresh;
    if (own) return;
    const asked = [...new Set([...(this.conflict?.fields ?? []), ...both])].filter((field) => !same(fresh[field], show[field]));
    this.conflict = asked.length ? { theirs: show, fields: asked } : null;
    const taken = theirs.filter((field) => !unsaved.includes(field));
    if (taken.length) this.taken = [...new Set([...this.taken, ...taken])];
  }

  /** Writes what is unsaved; whether all is saved then. */
  async save(): Promise<boolean> {
    if (!this.show || !this.values || this.saving || this.conflict) return false;
    this.saving = true;
    this.errors = {};
    this.trouble = '';
    try {
      return await this.#write();
    } catch (error) {
      if (error instanceof Failure && error.field && focusField(error.field)) this.errors = { [error.field]: sentence(error) };
      else this.trouble = sentence(error);
      return false;
    } finally {
      this.saving = false;
    }
  }

  async #write(again = true): Promise<boolean> {
    const { show, values } = this;
    if (!show || !values) return false;
    const edit = Object.fromEntries(this.unsaved.map((field) => [field, values[field]]));
    if (Object.keys(edit).length === 0) return true;
    try {
      const saved = await call<Show>('PATCH', `/shows/${this.slug}`, edit, { revision: show.revision });
      // The server may have tidied what was written.
      const sent = copy(edit) as Partial<Values>;
      for (const field of Object.keys(sent) as Field[]) {
        if (this.values && same(this.values[field], sent[field])) (this.values as Record<Field, unknown>)[field] = copy(saved[field]);
      }
      this.take(saved, true);
      return this.unsaved.length === 0;
    } catch (error) {
      if (!(error instanceof Failure) || error.status !== 412 || !again) throw error;
      // Somebody else was faster. What does not touch the same is written over nothing.
      await this.load();
      return !this.conflict && (await this.#write(false));
    }
  }

  /** After a conflict: which version of each field stays. */
  async settle(choice: Partial<Record<Field, 'mine' | 'theirs'>>): Promise<boolean> {
    const conflict = this.conflict;
    if (!conflict || !this.values) return false;
    for (const field of conflict.fields) {
      if (choice[field] === 'theirs') (this.values as Record<Field, unknown>)[field] = copy(conflict.theirs[field]);
    }
    this.conflict = null;
    return this.save();
  }

  discard() {
    if (!this.show) return;
    this.values = valuesOf(this.show);
    this.conflict = null;
    this.errors = {};
    this.trouble = '';
  }

  /** The server told of a newer revision. */
  async heard() {
    if (this.show && !this.saving) await this.load();
  }
}
