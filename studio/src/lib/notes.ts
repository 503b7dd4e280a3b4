// What may explain a change in the figures: publications, incidents, and changes of the rules of counting.
import { get, list, type Episode, type Incident } from '../api/client';
import type { Note } from './statistics';

/** Of a show with more episodes, the last ones in the list aren't marked. */
const kMostEpisodes = 2000;
const kPage = 100;

/** The API sorts by when episodes were made, which isn't when they were published: all of them are needed. */
const publications = async (show: string): Promise<Note[]> =>
  (await list<Episode>(`/shows/${show}/episodes?state=published&sort=newest&limit=${kPage}`, kMostEpisodes)).filter((one) => one.published).map((one) => ({ kind: 'published', at: one.published!, text: one.title }));

/** The first day (or month) of each version of the rules, but not of the one that was there first. What wasn't counted has version 0. */
export function changesOfRules(figures: readonly { from: string; rules: number }[], text: (version: number) => string): Note[] {
  return figures
    .filter((one) => one.rules > 0)
    .sort((a, b) => (a.from < b.from ? -1 : 1))
    .flatMap((one, index, all) => (index > 0 && one.rules !== all[index - 1]!.rules ? [{ kind: 'rules' as const, at: `${one.from}${one.from.length === 7 ? '-01' : ''}T12:00:00Z`, text: text(one.rules) }] : []));
}

/** What can be known: who isn't an operator hears of no incidents. Nothing that fails keeps the figures from being shown. */
export async function notesOf(shows: readonly string[], operator: boolean, texts: { incident: (what: string) => string }): Promise<Note[]> {
  const all = await Promise.allSettled([
    ...shows.map((show) => publications(show)),
    ...(operator ? [get<{ items: Incident[] }>('/incidents').then(({ items }) => items.filter((one) => one.opened_at).map((one): Note => ({ kind: 'incident', at: one.opened_at!, text: texts.incident(one.what) })))] : []),
  ]);
  return all.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}
