// A form's answer from the server: what is wrong stands at its field, everything else above the form.
import { Failure } from '../api/client';
import { sentence } from '../toasts.svelte';

export class Form {
  busy = $state(false);
  /** By the name of the field. */
  errors = $state<Record<string, string>>({});
  /** What belongs to no field of the form. */
  trouble = $state('');

  constructor(private readonly fields: readonly string[] = []) {}

  /** Runs `work`; whether it went well. The first field that is wrong gets the focus. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.errors = {};
    this.trouble = '';
    try {
      await work();
      return true;
    } catch (error) {
      const field = error instanceof Failure ? error.field : undefined;
      if (field && this.fields.includes(field)) {
        this.errors = { [field]: sentence(error) };
        setTimeout(() => document.getElementById(`field-${field}`)?.focus());
      } else {
        this.trouble = sentence(error);
      }
      return false;
    } finally {
      this.busy = false;
    }
  }
}
