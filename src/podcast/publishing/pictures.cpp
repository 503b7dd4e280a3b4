// See pictures.hpp.

#include "podcast/publishing/pictures.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "podcast/store/shows.hpp"

#include <sys/mman.h>
#include <algorithm>
#include <cerrno>

namespace carillon::podcast {

Result<std::optional<MadePicture>> Pictures::made_before(const std::string& show_id, const Digest& file) {
  return database_.read_now([&](db::Session& session) -> Result<std::optional<MadePicture>> {
    auto known = queries::sized_picture_of(session, show_id, file);
    if (!known) return std::nullopt;
    return MadePicture{.picture = std::move(*known), .sizes = {}};
  });
}

Result<MadePicture> Pictures::make(const std::string& show_id, std::string_view bytes, CoverFit fit) {
  auto known = made_before(show_id, crypto::sha256(as_bytes(bytes)));
  if (!known) return forward_error(known);
  if (*known) return std::move(**known);
  return decode(bytes, fit);
}

Result<MadePicture> Pictures::decode(std::string_view bytes, CoverFit fit) {
  if (auto suits = check_cover(bytes, fit); !suits) return forward_error(suits);
  const FileDescriptor source{memfd_create("picture", MFD_CLOEXEC)};
  if (!source) return fail_errno("create an in-memory file for", "the image", errno);
  if (auto written = write_all(source.get(), as_bytes(bytes)); !written) return forward_error(written);
  return make_of(source.get(), {.smallest = kSmallestCover, .largest = kLargestCover, .damaged = false, .fit = fit == CoverFit::cropped});
}

Result<MadePicture> Pictures::make(const std::string& show_id, const Digest& file, CoverFit fit) {
  auto known = made_before(show_id, file);
  if (!known) return forward_error(known);
  if (*known) return std::move(**known);
  const auto body = media_.open(file);
  if (!body) return std::unexpected(body.error());
  if (body->length() > kLargestPicture)
    return fail(ErrorKind::too_large,
                "The image is " + to_human(body->length()) + "; a cover can be at most " + to_human(kLargestPicture) + ".", "image");
  const auto bytes = whole(*body);
  if (!bytes) return std::unexpected(bytes.error());
  return decode(*bytes, fit);
}

Result<MadePicture> Pictures::make_from_recording(const Digest& recording, CoverFit fit) {
  const auto source = media_.local_file(recording);
  if (!source) return std::unexpected(source.error());
  return make_of(
      (*source)->get(),
      {.smallest = kSmallestCover, .largest = kLargestCover, .damaged = false, .fit = fit == CoverFit::cropped, .in_recording = true});
}

Result<MadePicture> Pictures::make_again(const Digest& file) {
  const auto source = media_.local_file(file);
  if (!source) return std::unexpected(source.error());
  return make_of((*source)->get(), {.smallest = kSmallestCover, .largest = kLargestCover, .damaged = true});
}

Result<MadePicture> Pictures::make_of(int source, const audio::PictureLimits& limits) {
  auto files = program_.make_picture(source, limits);
  if (!files) return std::unexpected(picture_error(std::move(files.error())));
  MadePicture made;
  for (const auto& [side, media_type, bytes] : *files) {
    const auto stored = store(bytes);
    if (!stored) return std::unexpected(stored.error());
    // The first is the whole picture; it is its own file at its side, where that is one of those that are shown.
    const bool is_whole = &bytes == &files->front().bytes;
    if (is_whole)
      made.picture = {
          .digest = stored->digest, .length = stored->length, .side = side, .media_type = std::string(media_type), .sized = true};
    if (!is_whole || std::ranges::find(audio::kPictureSides, side) != audio::kPictureSides.end())
      made.sizes.push_back({.side = side, .media_type = std::string(media_type), .file = stored->digest, .length = stored->length});
  }
  return made;
}

Result<blob::Stored> Pictures::store(std::span<const std::byte> bytes) {
  auto writer = media_.begin(ByteCount{bytes.size()});
  if (!writer) return forward_error(writer);
  if (auto written = (*writer)->write(bytes); !written) return forward_error(written);
  return (*writer)->keep();
}

}  // namespace carillon::podcast
