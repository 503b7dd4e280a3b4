// Short notes at the edge: what was done, with a way to undo it, or what went wrong.
import { Failure } from './api/client';
import { m } from './messages';

export interface Toast {
  id: number;
  text: string;
  kind: 'good' | 'bad';
  undo?: () => void;
}

const kStays = 6000;
const kStaysWithUndo = 12_000;

class Toasts {
  items = $state<Toast[]>([]);
  #next = 0;

  done(text: string, undo?: () => void) {
    this.#add({ id: ++this.#next, text, kind: 'good', undo });
  }
  failed(error: unknown) {
    this.wrong(sentence(error));
  }
  wrong(text: string) {
    this.#add({ id: ++this.#next, text, kind: 'bad' });
  }
  dismiss(id: number) {
    this.items = this.items.filter((one) => one.id !== id);
  }
  #add(toast: Toast) {
    this.items = [...this.items.slice(-3), toast];
    if (toast.kind === 'good') setTimeout(() => this.dismiss(toast.id), toast.undo ? kStaysWithUndo : kStays);
  }
}

export const toasts = new Toasts();

/** What to tell of an error. */
export function sentence(error: unknown): string {
  if (error instanceof Failure) {
    if (error.status === 0) return m.common.unreachable;
    return error.message || m.common.failed;
  }
  console.error(error);
  return m.common.failed;
}
