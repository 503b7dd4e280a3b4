// Recordings on their way: they go on while one moves through the studio, after a lost connection, after the laptop was closed, and after
// the page was loaded anew (the file is kept by the browser until it has arrived).
import { Upload, type PreviousUpload } from 'tus-js-client';
import { API, call, csrfToken, type Job } from './api/client';
import { sentence } from './toasts.svelte';
import { session } from './session.svelte';

/** Pieces are acknowledged one by one; a lost connection costs at most one. */
const kPiece = 8 * 1024 * 1024;
/** Waits between tries; the last one again and again for half a day. */
const kPauses = [0, 1000, 3000, 5000, 10_000, ...Array<number>(1500).fill(30_000)];
/** Files above this are not kept by the browser: after loading the page anew they have to be chosen again. */
const kLargestKept = 1.5e9;
/** Speed is that of the last seconds. */
const kSpeedOver = 6000;

export type Stage = 'sending' | 'paused' | 'waiting' | 'attaching' | 'failed' | 'wanted';

export interface Transfer {
  episode: string;
  show: string;
  title: string;
  name: string;
  size: number;
  sent: number;
  stage: Stage;
  /** Bytes a second. */
  speed: number;
  trouble: string;
}

interface Kept {
  episode: string;
  show: string;
  title: string;
  network: string;
  name: string;
  size: number;
  modified: number;
  /** Where somebody paused it: then it waits for them, also in a page that is loaded anew. */
  paused?: number;
}

const kList = 'carillon.uploads';

function keptList(): Kept[] {
  try {
    return JSON.parse(localStorage.getItem(kList) ?? '[]') as Kept[];
  } catch {
    return [];
  }
}
function keep(one: Kept) {
  localStorage.setItem(kList, JSON.stringify([...keptList().filter((other) => other.episode !== one.episode), one]));
}
/** What is kept of an upload, changed; nothing if it is gone. */
function rekeep(episode: string, change: Partial<Kept>) {
  const kept = keptList().find((one) => one.episode === episode);
  if (kept) keep({ ...kept, ...change });
}
function forget(episode: string) {
  localStorage.setItem(kList, JSON.stringify(keptList().filter((other) => other.episode !== episode)));
  void fileStore('readwrite', (store) => store.delete(episode)).catch(() => {});
}

/** The browser's own store of files, for pages that are loaded anew. */
function fileStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opened = indexedDB.open('carillon', 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore('files');
    opened.onerror = () => reject(opened.error);
    opened.onsuccess = () => {
      const request = work(opened.result.transaction('files', mode).objectStore('files'));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    };
  });
}

class Uploads {
  items = $state<Transfer[]>([]);
  #running = new Map<string, Upload>();
  /** Done once it is known where an upload of an earlier page stopped. */
  #found = new Map<string, Promise<void>>();
  /** Those that are sending by themselves until they are done, paused or refused. */
  #started = new WeakSet<Upload>();
  #taken = false;

  of(episode: string): Transfer | undefined {
    return this.items.find((one) => one.episode === episode);
  }

  /** Begins to send `file` for an episode; an upload under way for it is given up. */
  async begin(file: File, episode: { id: string; show: string; title: string }) {
    await this.cancel(episode.id);
    const kept: Kept = { episode: episode.id, show: episode.show, title: episode.title, network: session.network, name: file.name, size: file.size, modified: file.lastModified };
    keep(kept);
    if (file.size <= kLargestKept) void fileStore('readwrite', (store) => store.put(file, episode.id)).catch(() => {});
    this.#send(file, kept);
  }

  /** Goes on with what a page before this one began. */
  async resumeAll() {
    if (this.#taken) return;
    this.#taken = true;
    for (const kept of keptList()) {
      const file = await fileStore<File | undefined>('readonly', (store) => store.get(kept.episode) as IDBRequest<File | undefined>).catch(() => undefined);
      if (file) this.#send(file, kept);
      else this.#put({ episode: kept.episode, show: kept.show, title: kept.title, name: kept.name, size: kept.size, sent: 0, stage: 'wanted', speed: 0, trouble: '' });
    }
  }

  /** The file that an upload of an earlier page is waiting for; false when it is another one. */
  continueWith(episode: string, file: File): boolean {
    const kept = keptList().find((one) => one.episode === episode);
    if (!kept || kept.size !== file.size || kept.name !== file.name) return false;
    const { paused: _, ...rest } = kept;
    keep(rest);
    this.#send(file, rest);
    return true;
  }

  pause(episode: string) {
    const upload = this.#running.get(episode);
    if (upload) {
      this.#started.delete(upload);
      void upload.abort();
    }
    this.#change(episode, { stage: 'paused', speed: 0 });
    rekeep(episode, { paused: this.of(episode)?.sent ?? 0 });
  }
  resume(episode: string) {
    this.#change(episode, { stage: 'sending', trouble: '' });
    rekeep(episode, { paused: undefined });
    this.#start(episode);
  }
  /** Sends, from where an earlier page stopped, unless somebody paused it meanwhile. */
  #start(episode: string) {
    const upload = this.#running.get(episode);
    void this.#found.get(episode)?.then(() => {
      if (!upload || this.#running.get(episode) !== upload || this.of(episode)?.stage !== 'sending' || this.#started.has(upload)) return;
      this.#started.add(upload);
      upload.start();
    });
  }
  async cancel(episode: string) {
    const upload = this.#running.get(episode);
    this.#running.delete(episode);
    forget(episode);
    this.items = this.items.filter((one) => one.episode !== episode);
    if (upload) await upload.abort(true).catch(() => {});
  }

  #put(transfer: Transfer) {
    this.items = [...this.items.filter((one) => one.episode !== transfer.episode), transfer];
  }
  #change(episode: string, change: Partial<Transfer>) {
    this.items = this.items.map((one) => (one.episode === episode ? { ...one, ...change } : one));
  }

  #send(file: File, kept: Kept) {
    const episode = kept.episode;
    this.#put({ episode, show: kept.show, title: kept.title, name: kept.name, size: file.size, sent: kept.paused ?? 0, stage: kept.paused === undefined ? 'sending' : 'paused', speed: 0, trouble: '' });
    let marks: { at: number; sent: number }[] = [];
    const upload = new Upload(file, {
      endpoint: `${API}/uploads?network=${encodeURIComponent(kept.network)}`,
      chunkSize: kPiece,
      retryDelays: kPauses,
      metadata: { filename: kept.name },
      removeFingerprintOnSuccess: true,
      fingerprint: () => Promise.resolve(`carillon-${episode}-${kept.name}-${kept.size}-${kept.modified}`),
      onBeforeRequest: (request) => request.setHeader('X-CSRF-Token', csrfToken()),
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        // Nobody is there, or the machine is busy: again. Refused for a reason: that reason is told.
        const retry = status === 0 || status === 409 || status === 423 || status === 429 || (status >= 500 && status !== 507);
        if (retry) this.#change(episode, { stage: 'waiting', speed: 0 });
        return retry;
      },
      onProgress: (sent) => {
        const now = Date.now();
        marks = [...marks.filter((mark) => now - mark.at < kSpeedOver), { at: now, sent }];
        const first = marks[0]!;
        const speed = now > first.at ? ((sent - first.sent) * 1000) / (now - first.at) : 0;
        this.#change(episode, { sent, speed, ...(this.of(episode)?.stage === 'waiting' ? { stage: 'sending' as const } : {}) });
      },
      onError: (error) => {
        this.#started.delete(upload);
        const body = 'originalResponse' in error ? error.originalResponse?.getBody() : undefined;
        let trouble = '';
        try {
          trouble = (JSON.parse(body ?? '') as { detail?: string }).detail ?? '';
        } catch {
          // It was no problem document: there is nothing more to say.
        }
        this.#change(episode, { stage: 'failed', speed: 0, trouble: trouble || error.message });
      },
      onSuccess: () => void this.#attach(upload, episode),
    });
    this.#running.set(episode, upload);
    const found = upload.findPreviousUploads().then((earlier: PreviousUpload[]) => {
      if (this.#running.get(episode) === upload && earlier[0]) upload.resumeFromPreviousUpload(earlier[0]);
    });
    this.#found.set(episode, found);
    this.#start(episode);
  }

  async #attach(upload: Upload, episode: string) {
    this.#change(episode, { stage: 'attaching', sent: upload.file instanceof Blob ? upload.file.size : 0, speed: 0 });
    const id = (upload.url ?? '').split('/').pop()!.split('?')[0]!;
    try {
      await call<Job>('PUT', `/episodes/${episode}/audio`, { upload: id });
      this.#running.delete(episode);
      forget(episode);
      this.items = this.items.filter((one) => one.episode !== episode);
    } catch (error) {
      this.#change(episode, { stage: 'failed', trouble: sentence(error) });
    }
  }
}

export const uploads = new Uploads();

// Closing the page is asked about only while something is being sent.
addEventListener('beforeunload', (event) => {
  if (uploads.items.some((one) => one.stage === 'sending' && one.size > kLargestKept)) event.preventDefault();
});
