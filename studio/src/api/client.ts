// The one place that speaks to the API: session cookie, CSRF field, errors as RFC 9457 tells them.
import type { components } from './schema';

export type Schemas = components['schemas'];
export type Show = Schemas['Show'];
export type Episode = Schemas['Episode'];
export type Job = Schemas['Job'];
export type Person = Schemas['Person'];
export type Network = Schemas['Network'];
export type Certificate = Schemas['Certificate'];
export type Watch = Schemas['Watch'];
export type Incident = Schemas['Incident'];

export const API = '/api/v1';

/** What went wrong, in a sentence that people understand. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    /** The field of the form that it is about. */
    readonly field?: string,
    /** After 412: what somebody else changed meanwhile, and the revision that is in force. */
    readonly changed?: Record<string, unknown>,
    readonly revision?: number,
    /** After 422 about `charset`: what the file is in each of the encodings that it may have. */
    readonly encodings?: NonNullable<Schemas['Problem']['encodings']>,
  ) {
    super(message);
  }
}

let csrf = '';
let signedOut: () => void = () => {};
export const setCsrf = (token: string) => (csrf = token);
export const csrfToken = () => csrf;
/** Called when the session turns out to have ended. */
export const onSignedOut = (handler: () => void) => (signedOut = handler);

export interface Options {
  /** The revision that was read: the write is refused when there is a newer one. */
  revision?: number;
  signal?: AbortSignal;
  /** For what is no JSON. */
  type?: string;
  /** A write that may be sent twice does its work once. */
  key?: string;
  /** The media type of the answer, if it isn't JSON. */
  answer?: string;
  /** Statuses whose documents are an answer, too, unless they are a problem. */
  accept?: readonly number[];
}

async function send(method: string, path: string, body?: unknown, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: options.answer ?? 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (options.revision !== undefined) headers['If-Match'] = `"${options.revision}"`;
  if (options.key) headers['Idempotency-Key'] = options.key;
  let data: BodyInit | undefined;
  if (body !== undefined) {
    const raw = body instanceof Blob || typeof body === 'string';
    headers['Content-Type'] = options.type ?? (raw ? 'application/octet-stream' : 'application/json');
    data = raw ? (body as BodyInit) : JSON.stringify(body);
  }
  let answer: Response;
  try {
    answer = await fetch(API + path, { method, headers, body: data, signal: options.signal, credentials: 'same-origin' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Failure(0, 'unreachable', '');
  }
  if (answer.ok) return answer;
  if (options.accept?.includes(answer.status) && answer.headers.get('Content-Type') === 'application/json') return answer;
  const problem = (await answer.json().catch(() => ({}))) as Partial<Schemas['Problem']>;
  const type = problem.type ?? 'unknown';
  if (answer.status === 401 && path !== '/sessions' && path !== '/sessions/current') signedOut();
  throw new Failure(answer.status, type, problem.detail ?? problem.title ?? answer.statusText, problem.field,
    problem.changed as Record<string, unknown> | undefined, problem.revision as number | undefined, problem.encodings);
}

/** One request; the answer's JSON. Throws Failure. */
export async function call<T = void>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, options?: Options): Promise<T> {
  const answer = await send(method, path, body, options);
  const type = answer.headers.get('Content-Type') ?? '';
  try {
    return (type.includes('json') ? await answer.json() : await answer.text()) as T;
  } catch {
    throw new Failure(0, 'unreachable', ''); // it was cut off half-way
  }
}

export const get = <T>(path: string, options?: Options) => call<T>('GET', path, undefined, options);

/** The answer as a table for spreadsheets. Throws Failure. */
export async function getTable(path: string): Promise<Blob> {
  const answer = await send('GET', path, undefined, { answer: 'text/csv' });
  try {
    return await answer.blob();
  } catch {
    throw new Failure(0, 'unreachable', ''); // it was cut off half-way
  }
}

/** Every page of a list, one after the other; `most` items at most. */
export async function list<T>(path: string, most = 1000): Promise<T[]> {
  const items: T[] = [];
  let next: string | null | undefined = '';
  do {
    const separator = path.includes('?') ? '&' : '?';
    const page: { items: T[]; next?: string | null } = await get(path + (next ? `${separator}cursor=${encodeURIComponent(next)}` : ''));
    items.push(...page.items);
    next = page.next;
  } while (next && items.length < most);
  return items;
}

/** For a write's Idempotency-Key. */
export const newKey = () => crypto.randomUUID();
