// embed.mjs DIST OUTPUT: writes what Vite built as one C++ source: the files with their bytes, plain and compressed, and the page.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const [dist, output] = process.argv.slice(2);
const types = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png' };

// A string literal: what is neither printable nor plain becomes three octal digits, which nothing after them can lengthen.
function literal(bytes) {
  const lines = [];
  let line = '';
  for (const byte of bytes) {
    line += byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f ? String.fromCharCode(byte) : '\\' + byte.toString(8).padStart(3, '0');
    if (line.length > 4000) {
      lines.push(`"${line}"`);
      line = '';
    }
  }
  lines.push(`"${line}"`);
  return lines.join('\n');
}

const folder = path.join(dist, 'assets');
const files = fs.readdirSync(folder).sort();
let text = '// Made by studio/tools/embed.mjs.\n#include "site/studio/studio.hpp"\n\n#include <array>\n\n#pragma clang diagnostic ignored "-Woverlength-strings"\n\n' +
  'namespace carillon::site {\nnamespace {\n\n';
const rows = [];
files.forEach((name, index) => {
  const bytes = fs.readFileSync(path.join(folder, name));
  const type = types[path.extname(name)];
  if (!type) throw new Error(`embed.mjs: ${name} is of no known type`);
  const packed = zlib.gzipSync(bytes, { level: 9 });
  const gzip = packed.length < bytes.length ? packed : Buffer.alloc(0);
  text += `constexpr char kBytes${index}[] = ${literal(bytes)};\nconstexpr char kGzip${index}[] = ${literal(gzip)};\n`;
  rows.push(`    StudioFile{"/studio/assets/${name}", "${type}", {kBytes${index}, sizeof kBytes${index} - 1}, {kGzip${index}, sizeof kGzip${index} - 1}},\n`);
});
text += `constexpr char kPage[] = ${literal(fs.readFileSync(path.join(dist, 'index.html')))};\n\n`;
text += `constexpr std::array<StudioFile, ${rows.length}> kStudioFiles{{\n${rows.join('')}}};\n\n}  // namespace\n\n` +
  'std::span<const StudioFile> studio_files() noexcept { return kStudioFiles; }\nstd::string_view studio_page() noexcept { return {kPage, sizeof kPage - 1}; }\n\n' +
  '}  // namespace carillon::site\n';
fs.writeFileSync(output, text);
