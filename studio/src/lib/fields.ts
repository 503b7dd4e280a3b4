/** Brings the control of a field into view and gives it the focus; of "funding[0].url" the nearest that is there. Whether there was one. */
export function focusField(name: string): boolean {
  for (let wanted = name; wanted; wanted = wanted.replace(/[.[]?[^.[]*$/, '')) {
    const control = document.getElementById(`field-${wanted}`);
    if (!control) continue;
    for (let around = control.closest('details'); around; around = around.parentElement?.closest('details') ?? null) around.open = true;
    // At once: while the page still moves, a click lands beside what it was meant for.
    control.scrollIntoView({ block: 'center' });
    control.focus({ preventScroll: true });
    return true;
  }
  return false;
}
