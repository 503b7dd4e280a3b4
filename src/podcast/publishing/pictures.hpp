#pragma once
// Re-encodes publishers' covers as our own files, so that uploaded files are never served.

#include "audio/media_program.hpp"
#include "blob/store.hpp"
#include "db/database.hpp"
#include "podcast/publishing/cover.hpp"

namespace carillon::podcast {

struct MadePicture {
  Picture picture;  ///< sized
  std::vector<PictureSize> sizes;
};

/// Any thread; blocks, some seconds for a large picture. Its references must outlive it.
class Pictures {
 public:
  Pictures(blob::Store& media, const audio::MediaProgram& program, db::Database& database)
      : media_{media}, program_{program}, database_{database} {}

  /// Decodes the picture and stores its files. `invalid`, with the field of check_cover(), says why it can't be a cover. A file that we
  /// made for this show is taken as it is: a cover that is put back keeps its address, and loses nothing by being encoded twice.
  Result<MadePicture> make(const std::string& show_id, std::string_view bytes, CoverFit fit);
  /// The same for a file in the store.
  Result<MadePicture> make(const std::string& show_id, const Digest& file, CoverFit fit);
  /// The same for the cover in the metadata of a recording.
  Result<MadePicture> make_from_recording(const Digest& recording, CoverFit fit);
  /// The same for a file from before images were decoded: keeps the decodable part of a damaged one.
  Result<MadePicture> make_again(const Digest& file);

 private:
  Result<std::optional<MadePicture>> made_before(const std::string& show_id, const Digest& file);
  Result<MadePicture> decode(std::string_view bytes, CoverFit fit);
  Result<MadePicture> make_of(int source, const audio::PictureLimits& limits);
  Result<blob::Stored> store(std::span<const std::byte> bytes);

  blob::Store& media_;
  const audio::MediaProgram& program_;
  db::Database& database_;
};

}  // namespace carillon::podcast
