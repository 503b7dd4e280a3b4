import { expect, test } from 'vitest';
import { kindOf, kindOfFile, tagLength, whyNotTaken, type Kind } from './recordings';

const bytes = (...parts: (string | number[])[]) => Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((letter) => letter.charCodeAt(0)) : part)));
const ftyp = (brand: string) => bytes([0, 0, 0, 0x1c], 'ftyp', brand, [0, 0, 2, 0]);

test.each<[Kind, Uint8Array]>([
  ['wav', bytes('RIFF', [0x24, 0, 0, 0], 'WAVEfmt ')],
  ['wav', bytes('RF64', [255, 255, 255, 255], 'WAVEds64')],
  ['wav', bytes('BW64', [255, 255, 255, 255], 'WAVE')],
  ['mp3', bytes([0xff, 0xfb, 0x90, 0x64])],
  ['mp3', bytes([0xff, 0xf3, 0x84, 0xc4])],
  ['mp3', bytes([0xff, 0xe3, 0x18, 0xc4])],
  ['m4a', ftyp('M4A ')],
  ['m4a', ftyp('M4B ')],
  ['mp4', ftyp('isom')],
  ['mp4', ftyp('mp42')],
  ['mov', ftyp('qt  ')],
  ['gpp', ftyp('3gp4')],
  ['picture', ftyp('heic')],
  ['aac', bytes([0xff, 0xf1, 0x50, 0x80])],
  ['aac', bytes([0xff, 0xf9, 0x50, 0x80])],
  ['flac', bytes('fLaC', [0, 0, 0, 0x22])],
  ['opus', bytes('OggS', [0, 2, 0, 0], 'xxxxxxxxxxxxxxxxxxxxOpusHead')],
  ['vorbis', bytes('OggS', [0, 2, 0, 0], 'xxxxxxxxxxxxxxxxxxxx', [1], 'vorbis')],
  ['aiff', bytes('FORM', [0, 0, 0, 1], 'AIFFCOMM')],
  ['aiff', bytes('FORM', [0, 0, 0, 1], 'AIFC')],
  ['caf', bytes('caff', [0, 1, 0, 0])],
  ['wma', bytes([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11])],
  ['webm', bytes([0x1a, 0x45, 0xdf, 0xa3])],
  ['amr', bytes('#!AMR\n')],
  ['wave64', bytes('riff', [0x2e, 0x91, 0xcf, 0x11])],
  ['avi', bytes('RIFF', [0x24, 0, 0, 0], 'AVI LIST')],
  ['picture', bytes('RIFF', [0x24, 0, 0, 0], 'WEBPVP8 ')],
  ['picture', bytes([0x89], 'PNG\r\n')],
  ['picture', bytes([0xff, 0xd8, 0xff, 0xe0])],
  ['pdf', bytes('%PDF-1.7')],
  ['archive', bytes('PK', [3, 4])],
  ['midi', bytes('MThd', [0, 0, 0, 6])],
  ['text', bytes('Dear diary,\r\ntoday we recorded.')],
  ['text', new TextEncoder().encode('Grüße aus dem Hafen')],
  ['empty', bytes()],
  // What is not known is left to the server.
  ['unknown', bytes([0, 0, 0, 0, 0, 0, 0, 0])],
  ['unknown', bytes([0xff, 0xfd, 0x90, 0x64])],
  ['wav', bytes('RIFX', [0, 0, 0, 0], 'WAVE', [0])],
  ['unknown', bytes([0x80, 0x81, 0x82, 0x83])],
])('%s', (kind, head) => expect(kindOf(head)).toBe(kind));

test('a file cut anywhere is looked at without trouble', () => {
  for (const head of [ftyp('M4A '), bytes('RIFF', [0x24, 0, 0, 0], 'WAVEfmt '), bytes('OggS', [0]), bytes([0xff])]) {
    for (let length = 1; length <= head.length; ++length) expect(kindOf(head.subarray(0, length))).toBeTypeOf('string');
  }
});

const tag = (size: number, flags = 0) => bytes('ID3', [4, 0, flags, (size >> 21) & 0x7f, (size >> 14) & 0x7f, (size >> 7) & 0x7f, size & 0x7f]);

test('what stands behind a tag counts, wherever the tag ends', async () => {
  expect(tagLength(tag(300_000))).toBe(300_010);
  expect(tagLength(tag(100, 0x10))).toBe(120);
  expect(tagLength(bytes('ID3'))).toBe(0);
  const behind = (content: Uint8Array, size = 300_000) => kindOfFile(new Blob([tag(size) as BlobPart, new Uint8Array(size), content as BlobPart]));
  expect(await behind(bytes([0xff, 0xfb, 0x90, 0x64]))).toBe('mp3');
  expect(await behind(bytes([0, 0, 0, 0]))).toBe('mp3');
  expect(await behind(bytes('fLaC', [0, 0, 0, 0]))).toBe('flac');
  expect(await behind(bytes([0xff, 0xf1, 0x50, 0x80]))).toBe('aac');
  expect(await behind(bytes())).toBe('mp3');
});

test('the sentence names the file, what it is, and what to do', async () => {
  const file = (content: Uint8Array, name: string) => new File([content as BlobPart], name);
  expect(await whyNotTaken(file(bytes('#!AMR\n'), 'talk.amr'))).toBe('“talk.amr” is an AMR file (often from an old phone). This format isn’t supported. Export the recording as WAV, MP3, M4A or FLAC.');
  // The name says what it isn't.
  expect(await whyNotTaken(file(bytes('#!AMR\n'), 'talk.mp3'))).toMatch(/an AMR file/);
  expect(await whyNotTaken(file(bytes('%PDF-1.7'), 'talk.wav'))).toBe('“talk.wav” is a PDF document, not a recording. Choose an audio file.');
  expect(await whyNotTaken(file(bytes(), 'talk.wav'))).toMatch(/empty/);
  for (const good of [ftyp('M4A '), ftyp('qt  '), bytes('fLaC'), bytes('OggS'), bytes('RIFF', [0, 0, 0, 0], 'WAVE'), bytes([0xff, 0xfb, 0x90, 0x64]), bytes([0, 0, 0, 0])]) expect(await whyNotTaken(file(good, 'talk.bin'))).toBe('');
});
