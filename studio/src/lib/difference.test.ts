import { expect, test } from 'vitest';
import { difference } from './difference';

const shown = (was: string, became: string) => difference(was, became).map(({ kind, text }) => ({ same: '', gone: '−', new: '+' })[kind] + text);

test('a word that changed stands between those that did not', () => {
  expect(shown('Bells in the morning', 'Bells at the morning')).toEqual(['Bells ', '−in', '+at', ' the morning']);
});
test('nothing changed', () => expect(shown('Bells', 'Bells')).toEqual(['Bells']));
test('from nothing and to nothing', () => {
  expect(shown('', 'Bells')).toEqual(['+Bells']);
  expect(shown('Bells', '')).toEqual(['−Bells']);
  expect(shown('', '')).toEqual([]);
});
test('both texts can be read from the pieces', () => {
  const [was, became] = ['a b c  d\ne f', 'b x c  d f\ng'];
  const pieces = difference(was, became);
  expect(pieces.filter(({ kind }) => kind !== 'new').map(({ text }) => text).join('')).toBe(was);
  expect(pieces.filter(({ kind }) => kind !== 'gone').map(({ text }) => text).join('')).toBe(became);
});
test('long parts are cut: what stayed in its middle, what changed at its end', () => {
  const same = 'word '.repeat(60);
  const [kept, gone] = difference(same + 'x'.repeat(2000), same);
  expect(kept!.text).toBe(`${same.slice(0, 80)} … ${same.slice(-80)}`);
  expect(gone).toEqual({ kind: 'gone', text: 'x'.repeat(1200) + ' …' });
});
test('texts of very many words are shown whole, one after the other', () => {
  const [was, became] = ['a '.repeat(500), 'b '.repeat(500)];
  expect(difference(was, became).map(({ kind }) => kind)).toEqual(['gone', 'new']);
});
