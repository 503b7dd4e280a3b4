// Three-way merge of a document's fields: what was read first, what is in the form, and what the server has now.

export const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Whether two values of JSON say the same, in whatever order their members are written. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null || Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, theirs] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(mine);
  return names.length === Object.keys(theirs).length && names.every((name) => name in theirs && same(mine[name], theirs[name]));
}

/** The fields in which `one` and `other` differ, in the order of `fields`. */
export const differing = <Field extends string>(fields: readonly Field[], one: Record<Field, unknown>, other: Record<Field, unknown>): Field[] => fields.filter((field) => !same(one[field], other[field]));

/** A copy of these fields alone. */
export const pick = <Document, Field extends keyof Document>(fields: readonly Field[], from: Document): Pick<Document, Field> => copy(Object.fromEntries(fields.map((field) => [field, from[field]])) as Pick<Document, Field>);

export interface Merged<Values, Field> {
  /** For the form: our value of each field that we changed, the server's of all others. */
  values: Values;
  /** Changed by both, to different values: somebody has to choose. */
  conflicts: Field[];
  /** Changed by the server's side only. */
  taken: Field[];
}

/** Merges what became of `before` here (`mine`) and on the server (`theirs`). */
export function merge<Field extends string, Values extends Record<Field, unknown>>(fields: readonly Field[], before: Values, mine: Values, theirs: Values): Merged<Pick<Values, Field>, Field> {
  const here = differing(fields, before, mine);
  const there = differing(fields, before, theirs);
  const values = pick(fields, theirs);
  for (const field of here) values[field] = copy(mine[field]);
  return {
    values,
    conflicts: here.filter((field) => there.includes(field) && !same(mine[field], theirs[field])),
    taken: there.filter((field) => !here.includes(field)),
  };
}
