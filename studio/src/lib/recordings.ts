// What a file is, by its first bytes: so that nobody uploads for an hour what can't become an episode. What isn't known here is left to the
// server, which has the last word.
import { m } from '../messages';

/** For choosers of files: what is taken, and nothing else. */
export const kAccepted =
  '.wav,.wave,.w64,.mp3,.m4a,.m4b,.aac,.flac,.ogg,.oga,.opus,.aif,.aiff,.aifc,.caf,.wv,.mp2,.ac3,.wma,.mp4,.mov,.mkv,.mka,.webm,audio/*,video/mp4,video/quicktime,video/webm';

/** Kinds of files that are no recordings for us; their names are in `m.files`. */
export type Foreign = 'amr' | 'ape' | 'avi' | 'midi' | 'picture' | 'pdf' | 'archive' | 'text' | 'empty';
/** Kinds that only the server can look into. */
type Accepted = 'wav' | 'mp3' | 'm4a' | 'mp4' | 'mov' | 'gpp' | 'aac' | 'flac' | 'opus' | 'vorbis' | 'ogg' | 'aiff' | 'caf' | 'wma' | 'webm' | 'wave64' | 'wavpack';
export type Kind = Accepted | 'unknown' | Foreign;

/** Enough for every signature, and for the head of an Ogg page. */
const kHead = 4096;
const kForeign: readonly Kind[] = ['amr', 'ape', 'avi', 'midi', 'picture', 'pdf', 'archive', 'text', 'empty'];
/** Kinds that are sound, but not taken. */
const kSound: readonly Kind[] = ['amr', 'ape', 'avi', 'midi'];

const isForeign = (kind: Kind): kind is Foreign => kForeign.includes(kind);

const latin = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** ISO base media files name what they are (ISO/IEC 14496-12 §4.3). */
function brandOf(brand: string): Kind {
  if (/^M4[ABP] $/.test(brand)) return 'm4a';
  if (/^(heic|heix|hevc|mif1|msf1|avif|avis)$/.test(brand)) return 'picture';
  if (brand === 'qt  ') return 'mov';
  return brand.startsWith('3g') ? 'gpp' : 'mp4';
}
function oggKind(head: string): Kind {
  if (head.includes('OpusHead')) return 'opus';
  if (head.includes('\x01vorbis')) return 'vorbis';
  return head.includes('\x7fFLAC') ? 'flac' : 'ogg';
}

/** Of the first bytes of a file. */
export function kindOf(bytes: Uint8Array): Kind {
  if (bytes.length === 0) return 'empty';
  const four = latin(bytes, 0, 4);
  const form = latin(bytes, 8, 12);
  if (['RIFF', 'RIFX', 'RF64', 'BW64'].includes(four)) return form === 'AVI ' ? 'avi' : form === 'WEBP' ? 'picture' : form === 'WAVE' ? 'wav' : 'unknown';
  if (latin(bytes, 4, 8) === 'ftyp') return brandOf(form);
  if (four === 'fLaC') return 'flac';
  if (four === 'OggS') return oggKind(latin(bytes, 0, 512));
  if (four === 'FORM') return form.startsWith('AIF') ? 'aiff' : 'unknown';
  if (four === 'caff') return 'caf';
  if (four === 'riff') return 'wave64';
  if (four === 'wvpk') return 'wavpack';
  if (four === 'MAC ') return 'ape';
  if (four === 'MThd') return 'midi';
  if (four === '%PDF') return 'pdf';
  if (latin(bytes, 0, 5) === '#!AMR') return 'amr';
  if (four === '0&\xb2u') return 'wma';
  if (four === '\x1aE\xdf\xa3') return 'webm';
  if (four === 'PK\x03\x04' || four.startsWith('\x1f\x8b') || four === 'Rar!' || four === '7z\xbc\xaf') return 'archive';
  if (four === '\x89PNG' || four.startsWith('\xff\xd8\xff') || four === 'GIF8') return 'picture';
  // Eleven bits of sync; layer 0 is AAC's own frame (ISO/IEC 13818-7), layer III is ours.
  if (bytes[0] === 0xff && (bytes[1]! & 0xe0) === 0xe0) return (bytes[1]! & 0x16) === 0x10 ? 'aac' : (bytes[1]! & 0x06) === 0x02 ? 'mp3' : 'unknown';
  return isText(bytes) ? 'text' : 'unknown';
}

/** Only letters and what stands between them, and enough of that. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte))) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** How long an ID3 tag at the start is, with its head (ID3v2.4 §3.1); 0 without one. */
export function tagLength(bytes: Uint8Array): number {
  if (latin(bytes, 0, 3) !== 'ID3' || bytes.length < 10) return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (bytes[at]! & 0x7f), 0);
  return 10 + size + (bytes[5]! & 0x10 ? 10 : 0);
}

export async function kindOfFile(file: Blob): Promise<Kind> {
  const read = async (from: number) => new Uint8Array(await file.slice(from, from + kHead).arrayBuffer());
  const head = await read(0);
  const tag = tagLength(head);
  if (!tag) return kindOf(head);
  // A tag may stand before other sound, too; padding behind it is for the server to step over.
  const behind = kindOf(await read(tag));
  return ['flac', 'aac', 'ogg', 'opus', 'vorbis'].includes(behind) ? behind : 'mp3';
}

/** Why this file can't become a recording, as a sentence; empty when it can, or nobody here knows. */
export async function whyNotTaken(file: File): Promise<string> {
  let kind: Kind;
  try {
    kind = await kindOfFile(file);
  } catch {
    return m.files.unreadable(file.name);
  }
  if (!isForeign(kind)) return '';
  if (kind === 'empty') return m.files.empty(file.name);
  return kSound.includes(kind) ? m.files.notYet(file.name, m.files.kinds[kind]) : m.files.noSound(file.name, m.files.kinds[kind]);
}
