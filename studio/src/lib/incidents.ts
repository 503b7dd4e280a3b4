// What an incident is called. What it is about is not enough: of one name several things can be wrong at once.
import type { Incident } from '../api/client';
import { m } from '../messages';

const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** "Renewal failed"; of a kind that this page doesn't know yet, its own word. */
export const kindName = (kind: string): string => m.incidents.kinds[kind] ?? sentenceCase(kind.replaceAll('-', ' '));
export const incidentName = (one: Pick<Incident, 'kind' | 'subject'>): string => (one.subject ? m.incidents.named(kindName(one.kind), one.subject) : kindName(one.kind));
