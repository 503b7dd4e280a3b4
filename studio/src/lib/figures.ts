// Asks the API for figures. A subject is "show=…", "episode=…" or "network=…".
import { list } from '../api/client';
import type { Figure } from './statistics';

const kMostRows = 1_000_000;

/** `query`: days, granularity and so on. */
export const figuresOf = (subject: string, query: string): Promise<Figure[]> => list<Figure>(`/stats/downloads?${subject}&${query}`, kMostRows);
