import { describe, expect, test, vi } from 'vitest';
import { Failure } from '../api/client';
import { Draft } from './draft.svelte';

const kPatience = { timeout: 30_000 };
const fields = ['title', 'author'] as const;
interface Document {
  revision: number;
  title: string;
  author: string;
}

/** A server that answers when the test says so. */
class Server {
  document: Document = { revision: 1, title: 'Bells', author: 'Ada' };
  tidy = (text: string) => text;
  gets: ((document?: Document) => void)[] = [];
  patches: (() => void)[] = [];

  /** Somebody else writes. */
  write(edit: Partial<Document>) {
    this.document = { ...this.document, ...edit, revision: this.document.revision + 1 };
    return this.document;
  }
  get() {
    return new Promise<Document>((resolve) => this.gets.push((document = this.document) => resolve(document)));
  }
  patch(edit: Partial<Document>, revision: number) {
    return new Promise<Document>((resolve, reject) =>
      this.patches.push(() => {
        if (revision !== this.document.revision) return reject(new Failure(412, 'wrong-version', 'Somebody else was faster'));
        if (edit.title === '') return reject(new Failure(422, 'invalid', 'The title is empty', 'title'));
        resolve(this.write(Object.fromEntries(Object.entries(edit).map(([field, text]) => [field, this.tidy(text as string)]))));
      }),
    );
  }
}

class TestDraft extends Draft<Document, (typeof fields)[number]> {
  constructor(readonly server: Server, replaceTidied = true) {
    super(fields, replaceTidied);
    this.take(server.document);
  }
  protected fetch() {
    return this.server.get();
  }
  protected patch(edit: Partial<Document>, revision: number) {
    return this.server.patch(edit, revision);
  }
  save() {
    return this.write();
  }
  override choose(choice: Partial<Record<(typeof fields)[number], 'mine' | 'theirs'>>) {
    return super.choose(choice);
  }
}
const opened = (replaceTidied = true) => {
  const server = new Server();
  return { server, draft: new TestDraft(server, replaceTidied) };
};
/** What waits for an answer gets it, one after the other, until nothing does. */
async function answered<T>(server: Server, work: Promise<T>): Promise<T> {
  let done = false;
  const end = () => (done = true);
  work.then(end, end);
  while (!done) {
    await Promise.resolve();
    server.patches.shift()?.();
    server.gets.shift()?.();
  }
  return work;
}

describe('saving', () => {
  test('writes what is unsaved, and no more', async () => {
    const { server, draft } = opened();
    expect(draft.unsaved).toEqual([]);
    draft.values.title = 'Tides';
    expect(draft.unsaved).toEqual(['title']);
    const patch = vi.spyOn(server, 'patch');
    expect(await answered(server, draft.save())).toBe(true);
    expect(patch.mock.calls).toEqual([[{ title: 'Tides' }, 1]]);
    expect([draft.unsaved, draft.known?.revision, draft.saving]).toEqual([[], 2, false]);
  });

  test('keeps what is typed meanwhile as unsaved, without a question', async () => {
    const { server, draft } = opened();
    draft.values.title = 'T';
    const saved = draft.save();
    draft.values.title = 'Tides';
    draft.values.author = 'Grace';
    expect(await answered(server, saved)).toBe(false);
    expect([draft.values, draft.unsaved, draft.conflict]).toEqual([{ title: 'Tides', author: 'Grace' }, ['title', 'author'], null]);
  });

  test('starts over when somebody else was faster with another field', async () => {
    const { server, draft } = opened();
    server.write({ author: 'Grace' });
    draft.values.title = 'Tides';
    expect(await answered(server, draft.save())).toBe(true);
    expect([server.document, draft.taken]).toEqual([{ revision: 3, title: 'Tides', author: 'Grace' }, ['author']]);
  });

  test('overwrites nothing when somebody else was faster with the same field', async () => {
    const { server, draft } = opened();
    server.write({ title: 'Theirs' });
    draft.values.title = 'Mine';
    expect(await answered(server, draft.save())).toBe(false);
    expect([server.document.title, draft.values.title, draft.conflict?.fields]).toEqual(['Theirs', 'Mine', ['title']]);
    expect(await answered(server, draft.save()), 'while nobody has chosen').toBe(false);
    expect(server.document.title).toBe('Theirs');
    draft.choose({ title: 'mine' });
    expect(await answered(server, draft.save())).toBe(true);
    expect(server.document.title).toBe('Mine');
  });

  test('takes theirs where that was chosen', async () => {
    const { server, draft } = opened();
    draft.values.title = 'Mine';
    draft.take(server.write({ title: 'Theirs' }));
    expect(draft.choose({ title: 'theirs' })).toBe(true);
    expect([draft.values.title, draft.unsaved, draft.conflict, draft.choose({ title: 'mine' })]).toEqual(['Theirs', [], null, false]);
  });

  test('gives up when somebody else is always faster', async () => {
    const { server, draft } = opened();
    const patch = vi.spyOn(server, 'patch').mockImplementation(async () => {
      server.write({ author: `Somebody ${server.document.revision}` });
      throw new Failure(412, 'wrong-version', 'Somebody else was faster');
    });
    draft.values.title = 'Tides';
    await expect(answered(server, draft.save())).rejects.toThrow('faster');
    expect([patch.mock.calls.length, draft.values.title, draft.saving]).toEqual([3, 'Tides', false]);
  });

  test('a refusal leaves everything as it was', async () => {
    const { server, draft } = opened();
    draft.values.title = '';
    await expect(answered(server, draft.save())).rejects.toThrow('The title is empty');
    expect([draft.values.title, draft.unsaved, draft.saving, server.document.revision]).toEqual(['', ['title'], false, 1]);
  });
});

describe('what the server tidies', () => {
  test('is shown where it is saved on request', async () => {
    const { server, draft } = opened(true);
    server.tidy = (text) => text.trim();
    draft.values.title = ' Tides ';
    expect(await answered(server, draft.save())).toBe(true);
    expect(draft.values.title).toBe('Tides');
  });

  test('is saved once where it is saved by itself, and stays as it is typed', async () => {
    const { server, draft } = opened(false);
    server.tidy = (text) => text.trim();
    draft.values.title = 'The ';
    expect(await answered(server, draft.save())).toBe(true);
    expect([draft.values.title, draft.known?.title, draft.unsaved]).toEqual(['The ', 'The', []]);
    draft.take(server.write({ author: 'Grace' }));
    expect([draft.values, draft.unsaved]).toEqual([{ title: 'The ', author: 'Grace' }, []]);
    draft.values.title = 'The tide';
    expect(draft.unsaved).toEqual(['title']);
    expect(await answered(server, draft.save())).toBe(true);
    expect(server.document.title).toBe('The tide');
    // Somebody else's is newer than what was tidied.
    server.tidy = (text) => text.trim();
    draft.values.title = 'The ';
    await answered(server, draft.save());
    draft.take(server.write({ title: 'Theirs' }));
    expect([draft.values.title, draft.conflict]).toEqual(['Theirs', null]);
  });
});

describe('news', () => {
  test('of a revision that is known are not asked about', async () => {
    const { server, draft } = opened();
    await draft.heard(1);
    expect(server.gets).toEqual([]);
  });

  test('that were overtaken change nothing', async () => {
    const { server, draft } = opened();
    const old = server.document;
    const heard = draft.heard();
    draft.values.title = 'Tides';
    const saved = draft.save();
    server.patches.shift()!();
    expect(await saved).toBe(true);
    server.gets.shift()!(old);
    await heard;
    expect([draft.values.title, draft.known?.revision]).toEqual(['Tides', 2]);
  });

  test('of our own save are no conflict, though they come before its answer', async () => {
    const { server, draft } = opened();
    server.tidy = (text) => text.trim();
    const heard = draft.heard();
    draft.values.title = ' Tides ';
    const saved = draft.save();
    const own = server.document = { revision: 2, title: 'Tides', author: 'Ada' };
    server.gets.shift()!(own);
    await heard;
    expect(draft.conflict).toBe(null);
    // The write that this was is answered at last.
    server.document = { revision: 1, title: 'Bells', author: 'Ada' };
    server.patches.shift()!();
    expect(await saved).toBe(true);
    expect([draft.conflict, draft.unsaved, draft.values.title]).toEqual([null, [], 'Tides']);
  });

  test('that came during a save which failed are read afterwards', async () => {
    const { server, draft } = opened();
    draft.values.title = '';
    const saved = draft.save();
    server.patches.shift()!();
    server.write({ author: 'Grace' });
    await draft.heard(2);
    expect(server.gets).toEqual([]);
    await expect(saved).rejects.toThrow();
    await vi.waitFor(() => expect(server.gets.length).toBe(1), kPatience);
    server.gets.shift()!();
    await vi.waitFor(() => expect(draft.values.author).toBe('Grace'), kPatience);
    expect([draft.values.title, draft.unsaved]).toEqual(['', ['title']]);
  });

  test('that end a conflict end the question', () => {
    const { server, draft } = opened();
    draft.values.title = 'Mine';
    draft.take(server.write({ title: 'Theirs' }));
    expect(draft.conflict?.fields).toEqual(['title']);
    draft.take(server.write({ author: 'Grace' }));
    expect(draft.conflict?.fields, 'another change does not').toEqual(['title']);
    draft.take(server.write({ title: 'Mine' }));
    expect([draft.conflict, draft.unsaved]).toEqual([null, []]);
  });
});

describe('discarding', () => {
  test('goes back to what the server has, and answers no question any more', () => {
    const { server, draft } = opened();
    draft.values.title = 'Mine';
    draft.take(server.write({ title: 'Theirs', author: 'Grace' }));
    draft.errors = { title: 'wrong' };
    expect(draft.discard()).toBe(true);
    expect([draft.values, draft.unsaved, draft.conflict, draft.errors]).toEqual([{ title: 'Theirs', author: 'Grace' }, [], null, {}]);
  });

  test('waits for the end of a save, which may have written already', async () => {
    const { server, draft } = opened();
    draft.values.title = 'Mine';
    const saved = draft.save();
    expect([draft.discard(), draft.values.title]).toEqual([false, 'Mine']);
    expect(await answered(server, saved)).toBe(true);
    expect(draft.discard()).toBe(true);
    expect(draft.values.title).toBe('Mine');
  });
});
