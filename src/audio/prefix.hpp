#pragma once
// The bytes before the frames of a served master: one ID3v2.4 tag and one Info frame. Created at publication, then frozen.

#include "audio/id3_chapters.hpp"
#include "audio/mp3_frame.hpp"

#include <optional>
#include <string>

namespace carillon::audio {

/// The content of the tag; empty fields are omitted.
struct Tag {
  std::string title;                 ///< TIT2
  std::string show;                  ///< TALB
  std::string author;                ///< TPE1
  std::string genre = "Podcast";     ///< TCON
  std::optional<int> number;         ///< TRCK
  std::string released;              ///< TDRC, "2026-11-24"
  std::string link;                  ///< WOAF
  std::vector<TagChapter> chapters;  ///< CTOC, CHAP
};

/// ID3v2.4 (id3.org, "ID3 tag version 2.4.0 – Main Structure" §3), UTF-8, no padding, no unsynchronisation: nothing in it can look like a
/// layer III frame. Control characters are removed, texts are cut at 64 KiB. "" if every field is empty, because a tag must have a frame.
[[nodiscard]] std::string id3_tag(const Tag& tag);

/// The "Info" frame, or "Xing" frame for a variable bitrate, that fits `stream`: frames, bytes (Info frame included), 100-entry table of
/// contents. A silent frame with the stream's sample rate and channels and, if that is long enough for the table (from 48 kbit/s at 44.1
/// kHz), its bitrate.
[[nodiscard]] std::string info_frame(const Mp3Stream& stream);

/// The position of the frames in an uploaded MP3.
struct FrameSpan {
  ByteCount offset;
  ByteCount length;
};

/// Finds the audio between ID3v2 tags and an Xing, Info or VBRI frame at the front, APE and ID3v1 tags at the end.
/// `head` are the first bytes of the file (64 KiB suffice for most), `tail` its last 256 (or all there are), `total` its length.
/// `too_large` if the tags at the front extend beyond `head`: call again with twice as much. `invalid` if no frame is found.
[[nodiscard]] Result<FrameSpan> frames_of(std::span<const std::byte> head, std::span<const std::byte> tail, ByteCount total);

/// Length of the ID3v2 tag at the start of `bytes` (10 suffice) with its header and footer; 0 if there is none.
[[nodiscard]] ByteCount id3_length(std::span<const std::byte> bytes) noexcept;

}  // namespace carillon::audio
