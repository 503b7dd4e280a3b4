// Tables as files for spreadsheets (RFC 4180).

export type Cell = string | number | null;

/** What spreadsheets would take for a formula stays text, as in the API's tables. */
function field(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With a byte order mark: without one, spreadsheets take UTF-8 for something else. */
export const csv = (rows: readonly (readonly Cell[])[]) => '\ufeff' + rows.map((row) => row.map(field).join(',') + '\r\n').join('');
