// How loud a recording was, how loud listeners hear it, and what was found out about it.
import type { Episode, Schemas } from '../api/client';
import { m } from '../messages';
import { decimal } from './format';

type Finding = Schemas['AudioFinding'];
/** A server that tells only one value has always told the master's. */
type Told = Pick<Episode, 'loudness'> & { master_loudness?: number | null; findings?: Finding[] };

/** Loudnesses that nobody can tell apart, in LU. */
const kSame = 0.5;

export function loudnessOf({ loudness, master_loudness, findings = [] }: Told): string {
  if (findings.some(({ kind }) => kind === 'silent' || kind === 'too_short')) return '';
  if (master_loudness === undefined) return loudness === null ? '' : m.episode.loudness(decimal(loudness));
  if (master_loudness === null) return '';
  if (loudness === null) return m.episode.loudness(decimal(master_loudness));
  if (Math.abs(loudness - master_loudness) < kSame) return m.episode.loudnessKept(decimal(master_loudness));
  return m.episode.loudnessFrom(decimal(loudness), decimal(master_loudness));
}

/** What publishers should know, as sentences. A kind that only the server knows comes in its words. */
export function findingsOf({ findings = [] }: { findings?: Finding[] }): string[] {
  const whole: Finding['kind'][] = ['repaired', 'quiet', 'raised', 'cues_dropped', 'encoded_again'];
  const figure = ({ kind, amount }: Finding) => (whole.includes(kind) ? String(Math.round(amount)) : decimal(kind === 'offset' ? Math.abs(amount) : amount));
  return findings.map((finding) => m.episode.findings[finding.kind]?.(figure(finding)) ?? finding.message);
}
