// See kinds.hpp.

#include "audio/kinds.hpp"

#include "base/bytes.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace carillon::audio {
namespace {

/// `begins` is at `at`.
struct Kind {
  std::size_t at;
  std::string_view begins;
  std::string_view name;  ///< "This is …"
  enum class Use { recording, unsupported, cover, none } use = Use::recording;
};
using enum Kind::Use;

// The more special ones first.
constexpr std::array kKinds{
    Kind{4, "ftypM4A", "an M4A file, as recorded by phones and Apple software (AAC or Apple Lossless)"},
    Kind{4, "ftypM4B", "an M4B file (an audiobook with AAC)"},
    Kind{4, "ftypM4P", "a copy-protected M4P file", unsupported},
    Kind{4, "ftypqt", "a QuickTime file (MOV)"},
    Kind{4, "ftyp3g", "a 3GP file, as recorded by older phones"},
    Kind{4, "ftyphei", "a picture (HEIC)", cover},
    Kind{4, "ftyphev", "a picture (HEIC)", cover},
    Kind{4, "ftypmif1", "a picture (HEIC or AVIF)", cover},
    Kind{4, "ftypavif", "a picture (AVIF)", cover},
    Kind{4, "ftyp", "an MP4 file (video, or audio with AAC)"},
    Kind{4, "moov", "a QuickTime file (MOV)"},
    Kind{4, "mdat", "an unfinished QuickTime or MP4 file"},
    Kind{28, "OpusHead", "an Opus file (Ogg)"},
    Kind{29, "vorbis", "an Ogg Vorbis file"},
    Kind{0, "OggS", "an Ogg file"},
    Kind{0, "fLaC", "a FLAC file"},
    Kind{8, "AIFF", "an AIFF file"},
    Kind{8, "AIFC", "an AIFF file"},
    Kind{0, "RIFX", "a big-endian WAV file (RIFX)"},
    Kind{0, {"riff\x2E\x91\xCF\x11", 8}, "a Wave64 file (W64)"},
    Kind{0, "caff", "a Core Audio file (CAF)"},
    Kind{0, {"\x30\x26\xB2\x75\x8E\x66\xCF\x11", 8}, "a Windows Media file (WMA)"},
    Kind{0, {"\x1A\x45\xDF\xA3", 4}, "a WebM or Matroska file"},
    Kind{0, "wvpk", "a WavPack file"},
    Kind{0, {"\x0B\x77", 2}, "an AC-3 file"},
    Kind{0, "#!AMR", "an AMR file, as used for phone call recordings", unsupported},
    Kind{0, "MAC ", "a Monkey's Audio file", unsupported},
    Kind{0, ".snd", "a Sun audio file (AU)", unsupported},
    Kind{0, "DSD ", "a DSD file", unsupported},
    Kind{0, "MThd", "a MIDI file", unsupported},
    Kind{8, "AVI ", "a video (AVI)", unsupported},
    Kind{0, "FLV", "a video (FLV)", unsupported},
    Kind{8, "WEBP", "a picture (WebP)", cover},
    Kind{0, "\xFF\xD8\xFF", "a picture (JPEG)", cover},
    Kind{0, "\x89PNG", "a picture (PNG)", cover},
    Kind{0, "GIF8", "a picture (GIF)", cover},
    Kind{0, "%PDF", "a PDF", none},
    Kind{0, {"PK\3\4", 4}, "a ZIP archive, or a document in ZIP format", none},
    Kind{0, "Rar!", "a RAR archive", none},
    Kind{0, {"7z\xBC\xAF", 4}, "a 7z archive", none},
};

/// ADTS (ISO/IEC 13818-7 §6.2): the sync word of MPEG audio with layer 0, which no MP3 has.
bool is_adts(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xFF' && (static_cast<unsigned char>(text[1]) & 0xF6) == 0xF0;
}

constexpr Kind kAdts{0, "", "an AAC file (ADTS)"};

/// ISO/IEC 11172-3 §2.4.2.3: layer III whose bitrate isn't one of the table's. Few programs write it, and few read it.
bool is_free_format(std::string_view text) {
  return text.size() >= 3 && text[0] == '\xFF' && (static_cast<unsigned char>(text[1]) & 0xE6) == 0xE2 &&
         (static_cast<unsigned char>(text[2]) & 0xF0) == 0;
}

constexpr Kind kFreeFormat{0, "", "a free-format MP3 file", unsupported};

const Kind* kind_of(std::span<const std::byte> beginning) {
  const auto text = as_text(beginning);
  for (const auto& kind : kKinds) {
    if (text.size() >= kind.at && text.substr(kind.at).starts_with(kind.begins)) return &kind;
  }
  if (is_free_format(text)) return &kFreeFormat;
  return is_adts(text) ? &kAdts : nullptr;
}

std::unexpected<Error> refused(const Kind& kind, std::string_view advice) {
  return fail(ErrorKind::invalid, fmt::format("This is {}, {}.", kind.name, advice));
}

constexpr std::string_view kUnsupported = "which isn't supported; export the recording as WAV, MP3, M4A or FLAC";

}  // namespace

bool needs_probe(std::span<const std::byte> beginning) {
  const auto* kind = kind_of(beginning);
  // WAV files of any byte order are read here.
  return kind != nullptr && kind->use == recording && kind->begins != "RIFX";
}

Result<> check_recording_kind(std::span<const std::byte> beginning) {
  const auto* kind = kind_of(beginning);
  if (kind == nullptr || kind->use == recording) return {};
  return refused(*kind, kind->use == unsupported ? kUnsupported : "not a recording; choose the episode's audio file");
}

Result<> check_file_kind(std::span<const std::byte> beginning) {
  const auto* kind = kind_of(beginning);
  if (kind == nullptr || kind->use == recording || kind->use == cover) return {};
  return refused(*kind,
                 kind->use == unsupported ? kUnsupported : "which is neither a recording nor a cover (JPEG, PNG, WebP, GIF, AVIF or HEIC)");
}

}  // namespace carillon::audio
