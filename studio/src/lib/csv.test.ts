import { expect, test } from 'vitest';
import { csv } from './csv';

test('texts with commas, quotes and line breaks stay one field', () => {
  expect(csv([['Name', 'Downloads'], ['a, "b"\nc', 1234.5], ['🔔 جرس', null]])).toBe('\ufeffName,Downloads\r\n"a, ""b""\nc",1234.5\r\n🔔 جرس,\r\n');
});
test('a title is no formula', () => {
  for (const title of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) expect(csv([[title]])).toContain(`'${title}`);
  expect(csv([[-1]])).toBe('\ufeff-1\r\n');
});
