// What changed from one text to the next, word by word.

export interface Piece {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

/** What stays the same is cut in its middle beyond this, what changed at its end. */
const kLongestSame = 160, kLongestChange = 1200;

function short({ kind, text }: Piece): Piece {
  if (kind === 'same') return { kind, text: text.length > kLongestSame ? `${text.slice(0, kLongestSame / 2)} … ${text.slice(-kLongestSame / 2)}` : text };
  return { kind, text: text.length > kLongestChange ? text.slice(0, kLongestChange) + ' …' : text };
}

/** Beyond so many words the comparison would take too long: both texts whole. */
const kMostWords = 400;

export function difference(was: string, became: string): Piece[] {
  const before = was.split(/(\s+)/).filter(Boolean);
  const after = became.split(/(\s+)/).filter(Boolean);
  const pieces: Piece[] = [];
  const add = (kind: Piece['kind'], text: string) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else if (text) pieces.push({ kind, text });
  };
  if (before.length > kMostWords || after.length > kMostWords) {
    add('gone', was);
    add('new', became);
    return pieces.map(short);
  }
  // Lengths of the longest common part from each pair of places on.
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; --i) {
    for (let j = after.length - 1; j >= 0; --j) {
      lengths[i]![j] = before[i] === after[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  let i = 0, j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      add('same', before[i++]!);
      ++j;
    } else if (i < before.length && (j === after.length || lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      add('gone', before[i++]!);
    } else {
      add('new', after[j++]!);
    }
  }
  return pieces.map(short);
}
