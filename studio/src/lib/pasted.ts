// Rich text that is pasted into notes, as Markdown: what it links to must not be lost with its looks.

const kBlocks = new Set(['P', 'DIV', 'SECTION', 'ARTICLE', 'BLOCKQUOTE', 'TABLE', 'TR', 'UL', 'OL', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'PRE']);

/** What would be Markdown, and was text. */
const escaped = (text: string) => text.replace(/[\\*_`[\]]/g, '\\$&');

function inline(node: Node): string {
  if (node.nodeType === 3) return escaped((node.textContent ?? '').replace(/\s+/g, ' '));
  if (!(node instanceof Element)) return '';
  const name = node.tagName;
  if (name === 'BR') return '\n';
  if (name === 'SCRIPT' || name === 'STYLE') return '';
  if (name === 'IMG') return escaped(node.getAttribute('alt') ?? '');
  const text = [...node.childNodes].map(inline).join('');
  const words = text.trim();
  if (!words) return text;
  const around = (before: string, after: string) => text.replace(words, () => before + words + after);
  if (name === 'A') {
    const address = node.getAttribute('href') ?? '';
    if (!/^(https?:|mailto:)/i.test(address)) return text;
    // An address that is its own text becomes a link by itself.
    return words.replaceAll('\\', '') === address ? text.replace(words, () => address) : around('[', `](${address.replace(/[<>()\s]/g, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`)})`);
  }
  // Word processors wrap everything in a <b> that is not bold.
  const weight = node.getAttribute('data-style') ?? '';
  if ((name === 'B' || name === 'STRONG') && !/font-weight:\s*(normal|400)/.test(weight)) return around('**', '**');
  if (name === 'I' || name === 'EM') return around('*', '*');
  return text;
}

function blocks(parent: Element, out: string[], indent = '') {
  let line = '';
  const close = () => {
    const text = line.split('\n').map((each) => each.trim()).join('\n').trim();
    if (text) out.push(text.split('\n').map((each) => indent + each).join('\n'));
    line = '';
  };
  for (const child of parent.childNodes) {
    if (!(child instanceof Element) || !(kBlocks.has(child.tagName) || [...kBlocks].some((name) => child.querySelector(name)))) {
      line += inline(child);
      continue;
    }
    close();
    const heading = /^H([1-6])$/.exec(child.tagName);
    if (heading) {
      const text = inline(child).replace(/\s+/g, ' ').trim();
      if (text) out.push(`${indent}### ${text}`);
    } else if (child.tagName === 'UL' || child.tagName === 'OL') {
      const items: string[] = [];
      const from = Number(child.getAttribute('start') ?? '1') || 1;
      for (const item of child.children) {
        const inner: string[] = [];
        if (item.tagName === 'LI') blocks(item, inner);
        const mark = child.tagName === 'OL' ? `${from + items.length}. ` : '- ';
        const [first, ...rest] = inner.join('\n').split('\n');
        if (first) items.push([indent + mark + first, ...rest.map((each) => indent + ' '.repeat(mark.length) + each)].join('\n'));
      }
      if (items.length) out.push(items.join('\n'));
    } else {
      blocks(child, out, indent);
    }
  }
  close();
}

/** Markdown of a clipboard's HTML; "" when it says nothing that its plain text doesn't. */
export function markdownOf(html: string): string {
  // Styles are only read here; the page's policy would refuse them even in a document that is never shown.
  const unstyled = html.replace(/<style[\s\S]*?<\/style>/gi, '').replace(/(<[^>]*\s)style(\s*=)/gi, '$1data-style$2');
  const body = new DOMParser().parseFromString(unstyled, 'text/html').body;
  if (!body.querySelector('a[href], ul, ol, b, strong, i, em, h1, h2, h3, h4, h5, h6')) return '';
  const out: string[] = [];
  blocks(body, out);
  return out.join('\n\n');
}

/** A paste into a text field; the browser's own undo takes it back. */
export function pasted(event: ClipboardEvent) {
  const markdown = markdownOf(event.clipboardData?.getData('text/html') ?? '');
  if (!markdown) return;
  event.preventDefault();
  document.execCommand('insertText', false, markdown);
}
