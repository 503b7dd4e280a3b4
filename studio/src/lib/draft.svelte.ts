// A document that is edited in a form while others may edit it as well: nothing that anybody wrote is overwritten unseen.
import { Failure } from '../api/client';
import { sentence } from '../toasts.svelte';
import { copy, differing, merge, pick, same } from './merge';

/** How often one save starts over because somebody else was faster. */
const kMaxRounds = 3;

type Values<Document, Field extends keyof Document> = Pick<Document, Field>;

export abstract class Draft<Document extends { revision: number }, Field extends keyof Document & string> {
  /** As the server has it. */
  known = $state.raw<Document | null>(null);
  /** As it is in the form; there once `known` is. */
  values = $state() as Values<Document, Field>;
  saving = $state(false);
  errors = $state<Record<string, string>>({});
  trouble = $state('');
  /** What both changed; nothing is written until somebody chooses. */
  conflict = $state.raw<{ theirs: Document; fields: Field[] } | null>(null);
  /** What somebody else changed, and nobody here: taken over. */
  taken = $state.raw<Field[]>([]);
  /** Values that were saved, but not to the letter: the server tidied them, and the form still shows what was written. */
  #tidied = $state.raw<Partial<Record<Field, unknown>>>({});
  /** What was announced during a save: a revision, or only that something changed. */
  #missed: { revision: unknown } | null = null;

  constructor(private readonly fields: readonly Field[], private readonly replaceTidied: boolean) {}

  protected abstract fetch(): Promise<Document>;
  protected abstract patch(edit: Partial<Values<Document, Field>>, revision: number): Promise<Document>;

  /** The fields of the form that the server does not have. */
  unsaved = $derived.by<Field[]>(() => {
    const { known, values } = this;
    if (!known || !values) return [];
    return differing(this.fields, this.#of(known), values).filter((field) => !(field in this.#tidied && same(this.#tidied[field], values[field])));
  });

  #of(document: Document): Values<Document, Field> {
    return pick(this.fields, document);
  }

  async load() {
    this.take(await this.fetch());
  }

  /** A version of the server's. What only we changed stays, what only others changed is taken over, what both changed is asked about. */
  take(document: Document) {
    this.#merge(document, []);
  }

  /** `written`: the fields that we wrote into this version ourselves. */
  #merge(document: Document, written: Field[]) {
    const before = this.known;
    if (!before || !this.values) {
      this.known = document;
      this.values = this.#of(document);
      return;
    }
    // An answer that was overtaken says nothing new.
    if (document.revision < before.revision) return;
    const theirs = this.#of(document);
    const base = this.#of(before);
    const mine = copy(this.values);
    for (const field of written) base[field] = copy(theirs[field]);
    // Saved already, though it reads differently.
    const tidied = this.#tidied;
    const settled = this.fields.filter((field) => field in tidied && same(tidied[field], mine[field]));
    for (const field of settled) mine[field] = base[field];
    const { values, conflicts, taken } = merge(this.fields, base, mine, theirs);
    const still = settled.filter((field) => same(base[field], theirs[field]));
    for (const field of still) values[field] = copy(tidied[field] as Document[Field]);
    this.#tidied = Object.fromEntries(still.map((field) => [field, tidied[field]])) as Partial<Record<Field, unknown>>;
    this.known = document;
    this.values = values;
    const asked = this.fields.filter((field) => (conflicts.includes(field) || this.conflict?.fields.includes(field)) && !same(values[field], theirs[field]));
    this.conflict = asked.length ? { theirs: document, fields: asked } : null;
    if (taken.length) this.taken = this.fields.filter((field) => this.taken.includes(field) || taken.includes(field));
  }

  /** Writes what is unsaved and answers whether all is saved then. Throws what went wrong. */
  protected async write(): Promise<boolean> {
    this.saving = true;
    try {
      for (let round = 1; ; ++round) {
        if (!this.known || this.conflict) return false;
        const written = this.unsaved;
        if (!written.length) return true;
        const edit = pick(written, this.values) as Partial<Values<Document, Field>>;
        try {
          const saved = await this.patch(edit, this.known.revision);
          this.#accept(saved, edit, written);
          return this.unsaved.length === 0;
        } catch (error) {
          if (!(error instanceof Failure) || error.status !== 412 || round === kMaxRounds) throw error;
          // Somebody else was faster.
          await this.load();
        }
      }
    } finally {
      this.saving = false;
      const missed = this.#missed;
      this.#missed = null;
      if (missed) void this.heard(missed.revision).catch(() => {});
    }
  }

  #accept(saved: Document, edit: Partial<Values<Document, Field>>, written: Field[]) {
    const tidied: Partial<Record<Field, unknown>> = { ...this.#tidied };
    for (const field of written) {
      delete tidied[field];
      if (same(edit[field], saved[field])) continue;
      if (!this.replaceTidied) tidied[field] = edit[field];
      else if (same(this.values[field], edit[field])) this.values[field] = copy(saved[field]);
    }
    this.#tidied = tidied;
    this.#merge(saved, written);
  }

  /** The server told of a change; of which revision, if it said so. */
  async heard(revision?: unknown) {
    if (!this.known || (typeof revision === 'number' && revision <= this.known.revision)) return;
    // The answer to a save is read first: it says what of the change is our own.
    if (!this.saving) {
      const document = await this.fetch();
      if (!this.saving) return this.take(document);
    }
    this.#missed = { revision: this.#missed && this.#missed.revision !== revision ? undefined : revision };
  }

  /** After a conflict: which version of each field stays. The rest is up to `save`. */
  protected choose(choice: Partial<Record<Field, 'mine' | 'theirs'>>): boolean {
    const conflict = this.conflict;
    if (!conflict) return false;
    for (const field of conflict.fields) {
      if (choice[field] === 'theirs') this.values[field] = copy(conflict.theirs[field]);
    }
    this.conflict = null;
    return true;
  }

  /** Back to what the server has. Not during a save, whose outcome nobody knows yet; whether it was done. */
  discard(): boolean {
    if (!this.known || this.saving) return false;
    this.values = this.#of(this.known);
    this.#tidied = {};
    this.conflict = null;
    this.errors = {};
    this.trouble = '';
    return true;
  }
}
