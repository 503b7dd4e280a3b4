#pragma once
// From what a publisher gives as a cover to files of ours: nothing that came in is served.

#include "audio/media_program.hpp"
#include "blob/store.hpp"
#include "podcast/publishing/cover.hpp"

namespace carillon::podcast {

struct MadePicture {
  Picture picture;  ///< sized
  std::vector<PictureSize> sizes;
};

/// Any thread; blocks, some seconds for a large picture. What it refers to must live longer.
class Pictures {
 public:
  Pictures(blob::Store& media, const audio::MediaProgram& program) : media_{media}, program_{program} {}

  /// Decodes the picture and stores its files. `invalid`, of the field "image", says why it is no cover.
  Result<MadePicture> make(std::string_view bytes);
  /// Of a file in the store.
  Result<MadePicture> make(const Digest& file);
  /// Of one that was taken before pictures were decoded: what can be seen of a damaged one is kept.
  Result<MadePicture> make_again(const Digest& file);

 private:
  Result<MadePicture> make_of(int source, bool damaged);
  Result<blob::Stored> store(std::span<const std::byte> bytes);

  blob::Store& media_;
  const audio::MediaProgram& program_;
};

}  // namespace carillon::podcast
