#pragma once
// The tables of podcast/. Digests are hexadecimal text, times microseconds since 1970.

#include <string_view>

namespace carillon::podcast {

inline constexpr std::string_view kSchema = R"sql(
CREATE TABLE shows (
  id TEXT PRIMARY KEY,
  network TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  language TEXT NOT NULL,
  category TEXT NOT NULL,
  category_sub TEXT NOT NULL,
  author TEXT NOT NULL,
  owner_email TEXT NOT NULL,
  copyright TEXT NOT NULL,
  link TEXT NOT NULL,
  is_explicit INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  locked INTEGER NOT NULL,
  medium TEXT NOT NULL,
  bitrate INTEGER NOT NULL,
  channels INTEGER NOT NULL,
  sample_rate INTEGER NOT NULL,
  cover TEXT NOT NULL DEFAULT '',
  guid TEXT NOT NULL,
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE TABLE pictures (
  digest TEXT NOT NULL,
  show_id TEXT NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
  length BIGINT NOT NULL,
  side INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  PRIMARY KEY (digest, show_id)
);
CREATE TABLE episodes (
  id TEXT PRIMARY KEY,
  show_id TEXT NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
  guid TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL,
  file_name TEXT NOT NULL,
  title TEXT NOT NULL,
  notes TEXT NOT NULL,
  season INTEGER NOT NULL,
  number INTEGER NOT NULL,
  type TEXT NOT NULL,
  is_explicit INTEGER NOT NULL,
  state TEXT NOT NULL,
  publish_at BIGINT NOT NULL,
  published BIGINT NOT NULL,
  original TEXT NOT NULL,
  frames TEXT NOT NULL,
  frames_length BIGINT NOT NULL,
  duration BIGINT NOT NULL,
  loudness DOUBLE PRECISION NOT NULL,
  prefix TEXT NOT NULL,
  prefix_length BIGINT NOT NULL,
  whole TEXT NOT NULL,
  frozen_since BIGINT NOT NULL,
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  UNIQUE (show_id, slug)
);
CREATE INDEX episodes_public ON episodes (show_id, state, published);
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  length BIGINT NOT NULL,
  created BIGINT NOT NULL
);
)sql";

/// Indexes for finding due episodes without reading all. `metadata` is the JSON of metadata.hpp. `deleted` is 0 if it isn't in the trash.
/// `language` is '' for chapters.
inline constexpr std::string_view kWorkflowSchema = R"sql(
CREATE INDEX episodes_scheduled ON episodes (publish_at) WHERE state = 'scheduled';
ALTER TABLE shows ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE shows ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE episodes ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE episodes ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;
CREATE TABLE episode_texts (
  episode_id TEXT NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('chapters', 'transcript')),
  language TEXT NOT NULL,
  digest TEXT NOT NULL,
  length BIGINT NOT NULL,
  PRIMARY KEY (episode_id, kind, language)
);
)sql";

/// Indexes for paging long lists.
inline constexpr std::string_view kListsSchema = R"sql(
CREATE INDEX shows_of_network ON shows (network, slug);
CREATE INDEX episodes_listed ON episodes (show_id, (CASE WHEN published = 0 THEN created ELSE published END), id);
)sql";

/// Lists of episodes in each order, counted and searched within an index: because rows are as large as their notes. `listed` is the
/// publication date, else the creation date; `title_key` is the title in lower case, '' until it is set for an older row.
inline constexpr std::string_view kEpisodeListsSchema = R"sql(
ALTER TABLE episodes ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE episodes ADD COLUMN title_key TEXT NOT NULL DEFAULT '';
UPDATE episodes SET listed = CASE WHEN published = 0 THEN created ELSE published END;
DROP INDEX episodes_listed;
CREATE INDEX episodes_by_time ON episodes (show_id, deleted, listed, id, state, title_key, number);
CREATE INDEX episodes_by_title ON episodes (show_id, deleted, title_key, id, state, number);
CREATE INDEX episodes_without_title_key ON episodes (id) WHERE title_key = '';
)sql";

/// `frames` is the master of the peaks, which don't apply to another one. `peaks` are bytes as base64.
inline constexpr std::string_view kWaveformsSchema = R"sql(
CREATE TABLE waveforms (
  episode_id TEXT PRIMARY KEY REFERENCES episodes (id) ON DELETE CASCADE,
  frames TEXT NOT NULL,
  peaks TEXT NOT NULL
);
)sql";

/// The digest of one of the show's pictures; '' for the show's own cover.
inline constexpr std::string_view kEpisodeCoversSchema = R"sql(
ALTER TABLE episodes ADD COLUMN cover TEXT NOT NULL DEFAULT '';
)sql";

/// Index for finding the users of an image, at every request for it.
inline constexpr std::string_view kCoversIndexSchema = R"sql(
CREATE INDEX episodes_by_cover ON episodes (cover, show_id, state, deleted) WHERE cover <> '';
)sql";

/// `sized`: the files of picture_sizes exist, and the image was re-encoded by us. `replacement`: the digest of the re-encoded image that
/// replaced it, kReplacedByNothing if it could not be decoded, or ''.
inline constexpr std::string_view kPictureSizesSchema = R"sql(
ALTER TABLE pictures ADD COLUMN sized INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pictures ADD COLUMN replacement TEXT NOT NULL DEFAULT '';
CREATE TABLE picture_sizes (
  digest TEXT NOT NULL,
  show_id TEXT NOT NULL,
  side INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  file TEXT NOT NULL,
  length BIGINT NOT NULL,
  PRIMARY KEY (digest, show_id, side, media_type),
  FOREIGN KEY (digest, show_id) REFERENCES pictures (digest, show_id) ON DELETE CASCADE
);
)sql";

/// 1000: not stored.
inline constexpr std::string_view kSourceLoudnessSchema = R"sql(
ALTER TABLE episodes ADD COLUMN source_loudness DOUBLE PRECISION NOT NULL DEFAULT 1000;
)sql";

/// 1000: not stored. The format of `findings` is that of podcast/model/findings.hpp.
inline constexpr std::string_view kAudioFindingsSchema = R"sql(
ALTER TABLE episodes ADD COLUMN true_peak DOUBLE PRECISION NOT NULL DEFAULT 1000;
ALTER TABLE episodes ADD COLUMN findings TEXT NOT NULL DEFAULT '';
)sql";

/// Cue points in the order of their times, which are milliseconds. `until` is 0 unless `kind` is 'remove'.
inline constexpr std::string_view kCuePointsSchema = R"sql(
CREATE TABLE cue_points (
  episode_id TEXT NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('preroll', 'midroll', 'postroll', 'remove')),
  slots INTEGER NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (episode_id, place)
);
)sql";

/// The formats of `shows.audio` and `episodes.details` are those of podcast/model/audio_settings.hpp and show.hpp. `original_length` is 0
/// if it isn't known yet; `processed` and `original_dropped` are times, or 0. `former_audio` has what a published episode served before its
/// current audio, `kept_media` recordings that could not be processed; both keep their files until `until`.
inline constexpr std::string_view kOriginalsSchema = R"sql(
ALTER TABLE shows ADD COLUMN audio TEXT NOT NULL DEFAULT '{}';
ALTER TABLE episodes ADD COLUMN original_length BIGINT NOT NULL DEFAULT 0;
ALTER TABLE episodes ADD COLUMN processed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE episodes ADD COLUMN original_dropped BIGINT NOT NULL DEFAULT 0;
ALTER TABLE episodes ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
UPDATE episodes SET processed = changed WHERE original <> '' AND frames <> '' AND state <> 'processing';
CREATE TABLE former_audio (
  episode_id TEXT NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
  whole TEXT NOT NULL,
  prefix TEXT NOT NULL,
  prefix_length BIGINT NOT NULL,
  frames TEXT NOT NULL,
  frames_length BIGINT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (episode_id, whole)
);
CREATE TABLE kept_media (
  digest TEXT PRIMARY KEY,
  until BIGINT NOT NULL
);
)sql";

/// The format of media/protocol (silences_text); '-' if they aren't known.
inline constexpr std::string_view kSilencesSchema = R"sql(
ALTER TABLE waveforms ADD COLUMN silences TEXT NOT NULL DEFAULT '-';
)sql";

/// A name belongs to at most one show. `pointed` and `strayed` are times, or 0: see domains/domain.hpp.
inline constexpr std::string_view kDomainsSchema = R"sql(
CREATE TABLE show_domains (
  name TEXT PRIMARY KEY,
  show_id TEXT NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
  created BIGINT NOT NULL,
  pointed BIGINT NOT NULL,
  strayed BIGINT NOT NULL
);
CREATE INDEX show_domains_of_show ON show_domains (show_id, created);
)sql";

/// Several shows may claim a name; at most one claim is verified. `proven`, `pointed` and `strayed` are times, or 0; `proof` is
/// "txt", "pointing", or "". A missing `token` is created at the next start. Domains that pointed here before count as verified.
inline constexpr std::string_view kDomainClaimsSchema = R"sql(
CREATE TABLE domain_claims (
  name TEXT NOT NULL,
  show_id TEXT NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
  created BIGINT NOT NULL,
  token TEXT NOT NULL,
  proven BIGINT NOT NULL,
  proof TEXT NOT NULL,
  pointed BIGINT NOT NULL,
  strayed BIGINT NOT NULL,
  PRIMARY KEY (name, show_id)
);
INSERT INTO domain_claims (name, show_id, created, token, proven, proof, pointed, strayed)
SELECT name, show_id, created, '', pointed, CASE WHEN pointed > 0 THEN 'pointing' ELSE '' END, pointed, strayed FROM show_domains;
DROP TABLE show_domains;
CREATE INDEX domain_claims_of_show ON domain_claims (show_id, created);
CREATE UNIQUE INDEX domain_claims_proven ON domain_claims (name) WHERE proven > 0;
)sql";

/// A show's public feed has the show's id and slug.
inline constexpr std::string_view kFeedsSchema = R"sql(
CREATE TABLE feeds (
  id TEXT PRIMARY KEY,
  show_id TEXT NOT NULL REFERENCES shows (id) ON DELETE CASCADE,
  slug TEXT NOT NULL UNIQUE,
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL
);
CREATE INDEX feeds_of_show ON feeds (show_id);
INSERT INTO feeds (id, show_id, slug, created, changed) SELECT id, id, slug, created, created FROM shows;
)sql";

/// `former_slugs` are slugs that a show had before: they redirect to the current one. `gone_shows` and `gone_episodes` have the URLs of
/// permanently deleted public content.
inline constexpr std::string_view kFormerSchema = R"sql(
CREATE TABLE former_slugs (
  slug TEXT PRIMARY KEY,
  show_id TEXT NOT NULL REFERENCES shows (id) ON DELETE CASCADE
);
CREATE INDEX former_slugs_of_show ON former_slugs (show_id);
CREATE TABLE gone_shows (slug TEXT PRIMARY KEY);
CREATE TABLE gone_episodes (
  id TEXT PRIMARY KEY,
  show_id TEXT NOT NULL,
  slug TEXT NOT NULL
);
CREATE INDEX gone_episodes_by_page ON gone_episodes (show_id, slug);
)sql";

/// `unlisted` is copied from the metadata, for lists; `timed` is 0 for plain text. `words` are the title, the notes and the guests in lower
/// case; older episodes get theirs at the next start.
inline constexpr std::string_view kFindingSchema = R"sql(
ALTER TABLE shows ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0;
UPDATE shows SET unlisted = 1 WHERE metadata LIKE '%"blocked":true%';
ALTER TABLE episode_texts ADD COLUMN timed INTEGER NOT NULL DEFAULT 1;
CREATE TABLE episode_words (
  episode_id TEXT PRIMARY KEY REFERENCES episodes (id) ON DELETE CASCADE,
  words TEXT NOT NULL
);
)sql";

/// Fills the network of existing jobs: their subject is an episode or a show, or begins with a show's id (26 characters).
inline constexpr std::string_view kFillJobNetworks = R"sql(
UPDATE jobs SET network = COALESCE(
  (SELECT shows.network FROM episodes JOIN shows ON shows.id = episodes.show_id WHERE episodes.id = jobs.subject),
  (SELECT shows.network FROM shows WHERE shows.id = SUBSTR(jobs.subject, 1, 26)),
  jobs.share);
)sql";

}  // namespace carillon::podcast
