// How much longer a job takes, by how fast it was so far.

/** Too early to tell before so much is done, and so many seconds have passed. */
const kEnough = 0.05, kEnoughSeconds = 3;

interface Step {
  /** 0 to 1. */
  progress: number;
  /** Milliseconds. */
  at: number;
}

export class Remaining {
  #id = '';
  #first: Step = { progress: 0, at: 0 };

  /** Seconds that are left of the job; undefined if it can't be told yet. */
  after(id: string, progress: number, now = Date.now()): number | undefined {
    // Another job, or the same one from the beginning.
    if (id !== this.#id || progress < this.#first.progress) {
      this.#id = id;
      this.#first = { progress, at: now };
    }
    const done = progress - this.#first.progress, seconds = (now - this.#first.at) / 1000;
    if (done < kEnough || seconds < kEnoughSeconds) return undefined;
    return (seconds / done) * (1 - progress);
  }
}
